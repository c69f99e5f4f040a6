# One worker program per Python version: safepyrun-worker-X.Y, linked to libpythonX.Y.
function(add_worker version)
  set(target safepyrun-worker-${version})
  # The kernel's Python parts, frozen into the program by the Python that runs them.
  file(GLOB_RECURSE _shims CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernel/worker/shims/*.py)
  set(_frozen ${CMAKE_BINARY_DIR}/shims-${version}.c)
  add_custom_command(
    OUTPUT ${_frozen}
    COMMAND ${PYTHON_${version}_EXECUTABLE} -S ${CMAKE_SOURCE_DIR}/kernel/worker/freeze.py ${_frozen}
            ${CMAKE_SOURCE_DIR}/kernel/worker/shims
    DEPENDS ${_shims} ${CMAKE_SOURCE_DIR}/kernel/worker/freeze.py
    COMMENT "Freezing the kernel's Python parts for ${version}" VERBATIM)
  add_executable(${target} ${WORKER_SOURCES} ${CMAKE_SOURCE_DIR}/python/_safepyrun.c ${_frozen})
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/kernel/worker)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/kernel)
  target_link_libraries(${target} PRIVATE magics-${version} hop PkgConfig::JANSSON
                        ${PYTHON_${version}_LIBRARY} m dl pthread)
  # Extension modules look CPython's symbols up in libpython; the program itself exports nothing.
  get_filename_component(_dir ${PYTHON_${version}_LIBRARY} DIRECTORY)
  set_target_properties(${target} PROPERTIES BUILD_RPATH ${_dir} INSTALL_RPATH ${_dir})
  install(TARGETS ${target} DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/safepyrun)
endfunction()
