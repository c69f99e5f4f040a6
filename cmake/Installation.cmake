# What `make install PREFIX=DIR` puts below DIR besides the programs (those say so where they are
# made), and the same data beside the programs of the build tree, so that these run uninstalled.
set(_data ${CMAKE_INSTALL_DATADIR}/safepyrun)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/policies/ DESTINATION ${_data}/policies
        FILES_MATCHING PATTERN "*.toml")
if(SKBUILD) # the package is the wheel's own; the kernelspec finds the program from where it lies itself
  install(FILES ${CMAKE_SOURCE_DIR}/kernelspec/kernel.json ${CMAKE_SOURCE_DIR}/kernelspec/logo-svg.svg
                ${CMAKE_SOURCE_DIR}/kernelspec/logo-32x32.png ${CMAKE_SOURCE_DIR}/kernelspec/logo-64x64.png
          DESTINATION ${CMAKE_INSTALL_DATADIR}/jupyter/kernels/safepyrun)
  return()
endif()
install(DIRECTORY ${CMAKE_SOURCE_DIR}/python/ DESTINATION ${_data}/python
        FILES_MATCHING PATTERN "*.py" PATTERN "__pycache__" EXCLUDE PATTERN "safepyrun_kernel" EXCLUDE)

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/safepyrun)
foreach(_folder policies python)
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${_folder} ${CMAKE_BINARY_DIR}/share/safepyrun/${_folder}
       SYMBOLIC)
endforeach()

# The kernelspec names the place where the programs will be, not the stage (DESTDIR) they go through.
install(CODE [[
  file(REAL_PATH "${CMAKE_INSTALL_PREFIX}" _prefix)]])
install(CODE "
  execute_process(
    COMMAND $<TARGET_FILE:safepyrun-kernel> install --prefix \"\$ENV{DESTDIR}\${_prefix}\"
            --program \"\${_prefix}/${CMAKE_INSTALL_BINDIR}/safepyrun-kernel\"
    COMMAND_ERROR_IS_FATAL ANY)")
