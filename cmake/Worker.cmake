# Two workers per Python version, of the same objects: the module safepyrun-worker-X.Y.so for the user's own interpreter, and the program
# safepyrun-worker-X.Y, with libpythonX.Y in it where its archive is at hand (code that is not position-independent is up to a sixth
# faster; Debian builds its own python3 so), else loading the shared one.

# A library that is loaded with the program is searched before any extension module's own of the same names (pyogrio has an
# expat of its own): what libpython needs is put into it, hidden, wherever an archive is at hand. `out` becomes
# `options`, with archives in the place of -lNAME.
function(hide_libraries out)
  set(_hidden "")
  foreach(option IN LISTS ARGN)
    if(NOT option MATCHES "^-l(m|dl|pthread|util|rt)$" AND option MATCHES "^-l([a-z0-9]+)$")
      set(_name ${CMAKE_MATCH_1})
      find_library(ARCHIVE_OF_${_name} NAMES lib${_name}.a NO_CACHE)
      if(ARCHIVE_OF_${_name})
        set(option ${ARCHIVE_OF_${_name}})
      endif()
    endif()
    list(APPEND _hidden ${option})
  endforeach()
  set(${out} ${_hidden} PARENT_SCOPE)
endfunction()

# Link `target` to libpython of that version.
function(link_python target version)
  # Extension modules look CPython's symbols up in the program, and nothing else.
  set(_symbols ${CMAKE_BINARY_DIR}/python-symbols)
  file(WRITE ${_symbols} "{ Py*; _Py*; };\n")
  separate_arguments(_needs UNIX_COMMAND "${PYTHON_${version}_ARCHIVE_NEEDS}")
  hide_libraries(_needs ${_needs})
  set(_archive -no-pie -Wl,--dynamic-list=${_symbols} -Wl,--whole-archive ${PYTHON_${version}_ARCHIVE}
      -Wl,--no-whole-archive ${_needs})
  if(SAFEPYRUN_STATIC_PYTHON AND EXISTS "${PYTHON_${version}_ARCHIVE}" AND NOT DEFINED SAFEPYRUN_ARCHIVE_RUNS_${version})
    file(WRITE ${CMAKE_BINARY_DIR}/archive.c "int Py_BytesMain(int, char **); int main(int n, char **a) { return Py_BytesMain(n, a); }\n")
    try_run(SAFEPYRUN_ARCHIVE_RUNS_${version} SAFEPYRUN_ARCHIVE_LINKS_${version} ${CMAKE_BINARY_DIR}/archive ${CMAKE_BINARY_DIR}/archive.c
            LINK_LIBRARIES ${_archive} m dl pthread ARGS --version)
    message(STATUS "Python ${version}: ${PYTHON_${version}_ARCHIVE} links: ${SAFEPYRUN_ARCHIVE_LINKS_${version}}, "
            "--version exits with ${SAFEPYRUN_ARCHIVE_RUNS_${version}}")
  endif()
  if(SAFEPYRUN_STATIC_PYTHON AND SAFEPYRUN_ARCHIVE_LINKS_${version} AND SAFEPYRUN_ARCHIVE_RUNS_${version} EQUAL 0)
    target_link_libraries(${target} PRIVATE ${_archive} m dl pthread $<$<CONFIG:Release>:-Wl,--strip-debug>)
  else()
    get_filename_component(_dir ${PYTHON_${version}_LIBRARY} DIRECTORY)
    set_target_properties(${target} PROPERTIES BUILD_RPATH ${_dir} INSTALL_RPATH ${_dir})
    target_link_libraries(${target} PRIVATE ${PYTHON_${version}_LIBRARY} m dl pthread)
  endif()
endfunction()

function(add_worker version)
  # The kernel's Python parts, frozen by the Python that runs them.
  file(GLOB_RECURSE _shims CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernel/worker/shell/shims/*.py)
  set(_frozen ${CMAKE_BINARY_DIR}/shims-${version}.c)
  add_custom_command(
    OUTPUT ${_frozen}
    COMMAND ${PYTHON_${version}_EXECUTABLE} -S ${CMAKE_SOURCE_DIR}/kernel/worker/shell/freeze.py ${_frozen}
            ${CMAKE_SOURCE_DIR}/kernel/worker/shell/shims
    DEPENDS ${_shims} ${CMAKE_SOURCE_DIR}/kernel/worker/shell/freeze.py
    COMMENT "Freezing the kernel's Python parts for ${version}" VERBATIM)
  add_library(worker-${version} OBJECT ${WORKER_SOURCES} ${CMAKE_SOURCE_DIR}/python/_safepyrun.c
              ${CMAKE_SOURCE_DIR}/python/ending.c ${_frozen})
  target_link_libraries(worker-${version} PUBLIC magics-${version} hop)

  # HOSTED: safepyrun-worker-X.Y.so, which the user's own interpreter loads. Nothing of it is visible but PyInit.
  set(_exports ${CMAKE_BINARY_DIR}/worker-exports)
  file(WRITE ${_exports} "{ global: PyInit__safepyrun_worker; local: *; };\n")
  add_library(host-${version} MODULE ${CMAKE_SOURCE_DIR}/kernel/worker/host.c)
  set_target_properties(host-${version} PROPERTIES PREFIX "" OUTPUT_NAME safepyrun-worker-${version} SUFFIX .so)
  target_link_libraries(host-${version} PRIVATE worker-${version} m)
  # A wheel takes the libgcc that is there: the archive's is for the glibc that it was built with, and later ones.
  target_link_options(host-${version} PRIVATE -Wl,--version-script=${_exports} -Wl,--exclude-libs,ALL -Wl,-Bsymbolic
                      -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete $<$<NOT:$<BOOL:${SAFEPYRUN_STATIC_LIBRARIES}>>:-static-libgcc> $<$<CONFIG:Release>:-Wl,--strip-debug>)
  install(TARGETS host-${version} DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/safepyrun)

  # EMBEDDED: the program safepyrun-worker-X.Y, where there is a libpython.
  if(PYTHON_${version}_LIBRARY AND NOT SKBUILD)
    add_executable(safepyrun-worker-${version} ${CMAKE_SOURCE_DIR}/kernel/worker/embed.c)
    target_link_libraries(safepyrun-worker-${version} PRIVATE worker-${version})
    link_python(safepyrun-worker-${version} ${version})
    install(TARGETS safepyrun-worker-${version} DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/safepyrun)
  endif()
endfunction()
