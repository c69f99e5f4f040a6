# policies/*.toml -> one C file of constant tables.
file(GLOB _packs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/policies/*.toml)
list(GET SAFEPYRUN_FOUND_PYTHONS 0 _first)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/packs.c
  COMMAND ${PYTHON_${_first}_EXECUTABLE} -S ${CMAKE_SOURCE_DIR}/policies/compile.py
          --output ${CMAKE_BINARY_DIR}/packs.c ${_packs}
  DEPENDS ${_packs} ${CMAKE_SOURCE_DIR}/policies/compile.py
  COMMENT "Compiling the policy packs" VERBATIM)
add_library(packs STATIC ${CMAKE_BINARY_DIR}/packs.c)
