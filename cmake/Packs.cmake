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

# policies/places/places.toml -> the tables of base/places.h: what the worker and the front know of folders.
set(_places ${CMAKE_SOURCE_DIR}/policies/places)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/places_data.c
  COMMAND ${PYTHON_${_first}_EXECUTABLE} -S ${_places}/compile.py --output ${CMAKE_BINARY_DIR}/places_data.c ${_places}/places.toml
  DEPENDS ${_places}/places.toml ${_places}/compile.py
  COMMENT "Compiling the places" VERBATIM)
add_library(places STATIC ${CMAKE_SOURCE_DIR}/base/places.c ${CMAKE_SOURCE_DIR}/base/scratch.c ${CMAKE_BINARY_DIR}/places_data.c)
