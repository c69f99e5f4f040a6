# bench-floor: the C program that `make bench` compares with (bench/floor.c). Built on demand, where there is a libpython to embed.
list(GET SAFEPYRUN_FOUND_PYTHONS 0 version)
if(PYTHON_${version}_LIBRARY)
  add_executable(bench-floor EXCLUDE_FROM_ALL bench/floor.c)
  target_link_libraries(bench-floor PRIVATE Python::${version} ${PYTHON_${version}_LIBRARY}
                        PkgConfig::FRONT_LIBS)
  target_compile_options(bench-floor PRIVATE -Wno-deprecated-declarations) # HMAC_CTX
  get_filename_component(_dir ${PYTHON_${version}_LIBRARY} DIRECTORY)
  set_target_properties(bench-floor PROPERTIES BUILD_RPATH ${_dir})
endif()
