# One worker program per Python version: safepyrun-worker-X.Y, linked to libpythonX.Y.
function(add_worker version)
  set(target safepyrun-worker-${version})
  add_executable(${target} ${WORKER_SOURCES})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/kernel)
  target_link_libraries(${target} PRIVATE magics-${version} hop PkgConfig::JANSSON
                        ${PYTHON_${version}_LIBRARY} m dl pthread)
  # Extension modules look CPython's symbols up in libpython; the program itself exports nothing.
  get_filename_component(_dir ${PYTHON_${version}_LIBRARY} DIRECTORY)
  set_target_properties(${target} PROPERTIES BUILD_RPATH ${_dir} INSTALL_RPATH ${_dir})
  install(TARGETS ${target} DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/safepyrun)
endfunction()
