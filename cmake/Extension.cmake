# The extension module _safepyrun: the sandbox for any Python process (python/safepyrun uses it).
list(GET SAFEPYRUN_FOUND_PYTHONS 0 version)
execute_process(COMMAND ${PYTHON_${version}_EXECUTABLE} -c
                "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"
                OUTPUT_VARIABLE _suffix OUTPUT_STRIP_TRAILING_WHITESPACE)
file(GLOB EXTENSION_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/python/*.c)
if(NOT EXTENSION_SOURCES)
  return()
endif()
add_library(_safepyrun MODULE ${EXTENSION_SOURCES})
target_link_libraries(_safepyrun PRIVATE sandbox-${version})
set_target_properties(_safepyrun PROPERTIES PREFIX "" SUFFIX "${_suffix}")
if(SKBUILD)
  install(TARGETS _safepyrun DESTINATION .)
endif()
