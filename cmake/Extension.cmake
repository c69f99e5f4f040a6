# The extension module _safepyrun: the sandbox for any Python process (python/safepyrun uses it). One for each
# Python found, side by side: the suffix tells them apart. A wheel has the one of the Python that builds it.
add_custom_target(_safepyrun ALL)
foreach(version IN LISTS SAFEPYRUN_FOUND_PYTHONS)
  execute_process(COMMAND ${PYTHON_${version}_EXECUTABLE} -c
                  "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"
                  OUTPUT_VARIABLE _suffix OUTPUT_STRIP_TRAILING_WHITESPACE)
  add_library(_safepyrun-${version} MODULE python/_safepyrun.c python/ending.c)
  target_link_libraries(_safepyrun-${version} PRIVATE sandbox-${version})
  set_target_properties(_safepyrun-${version} PROPERTIES PREFIX "" OUTPUT_NAME _safepyrun SUFFIX "${_suffix}")
  add_dependencies(_safepyrun _safepyrun-${version})
  if(SKBUILD)
    install(TARGETS _safepyrun-${version} DESTINATION .)
  endif()
endforeach()
if(SKBUILD)
  install(FILES python/_safepyrun.pyi DESTINATION .) # its types, for those who check their own program
endif()
