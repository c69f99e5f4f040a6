# The archives of the front's libraries instead of the shared ones: libzmq and czmq as packaging/libraries builds them (CMAKE_PREFIX_PATH),
# the others from the system's -dev packages.
set(_archives "")
foreach(_name czmq zmq sodium jansson sqlite3 crypto seccomp stdc++)
  find_library(_archive_${_name} NAMES lib${_name}.a HINTS ${FRONT_LIBS_LIBRARY_DIRS}
               PATHS ${CMAKE_C_IMPLICIT_LINK_DIRECTORIES} REQUIRED NO_CACHE)
  list(APPEND _archives ${_archive_${_name}})
endforeach()
foreach(_name z zstd) # what libcrypto's archive wants of OpenSSL 3.5 on
  find_library(_archive_${_name} NAMES lib${_name}.a HINTS ${FRONT_LIBS_LIBRARY_DIRS} PATHS ${CMAKE_C_IMPLICIT_LINK_DIRECTORIES} NO_CACHE)
  if(_archive_${_name})
    list(APPEND _archives ${_archive_${_name}})
  elseif(_name IN_LIST FRONT_LIBS_STATIC_LIBRARIES)
    message(FATAL_ERROR "lib${_name}.a is missing, which libcrypto.a needs; on Debian: apt-get install zlib1g-dev libzstd-dev")
  endif()
endforeach()
add_library(front-archives INTERFACE)
target_include_directories(front-archives INTERFACE ${FRONT_LIBS_INCLUDE_DIRS})
target_link_libraries(front-archives INTERFACE ${_archives} m dl pthread rt)
# libstdc++'s archive wants arc4random, which came with glibc 2.36; nothing here calls it.
file(WRITE ${CMAKE_BINARY_DIR}/random.c "#include <sys/random.h>
unsigned arc4random(void);
unsigned arc4random(void)
{
    unsigned number = 0;
    while (getrandom(&number, sizeof number, 0) != sizeof number)
        continue;
    return number;
}
")
target_sources(front-archives INTERFACE ${CMAKE_BINARY_DIR}/random.c)
set(_front_libraries front-archives)
