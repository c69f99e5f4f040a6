# libFuzzer targets (clang): tests/fuzz/fuzz_*.c, each a program in fuzzers/. `fuzzers` builds them all.
if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "SAFEPYRUN_FUZZ needs clang: -DCMAKE_C_COMPILER=clang")
endif()
add_custom_target(fuzzers)
file(GLOB _fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c
     ${CMAKE_SOURCE_DIR}/tests/c/fuzz/fuzz_*.c)
foreach(source IN LISTS _fuzzers)
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE front)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzzers)
  add_dependencies(fuzzers ${name})
endforeach()
target_link_options(fuzz_floor PRIVATE LINKER:--wrap=floor_call_alive) # its caller is itself
