# Compiler cache, linker, warnings and sanitizers: everything that is about how, not what, we build.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the source folder count relatively, so that every build folder and every clone shares the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
                                  CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(SLUICE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Warnings are errors in our code; SluiceLibrary applies this to each room and not to generated protos.
set(SLUICE_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor
                    -Woverloaded-virtual)
# gcc 12 sees dangling and uninitialised values inside std and Boost at -O2 that are not there (GCC PR 105562, 105593).
# Clang builds the fuzzers only, and warns of other things.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND SLUICE_WARNINGS -Werror -Wno-error=maybe-uninitialized -Wno-error=restrict)
endif()

# -O1 for debug builds: coroutine frames and Beast are unusably slow at -O0.
set(CMAKE_CXX_FLAGS_DEBUG "-g1 -O1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
add_compile_definitions($<$<BOOL:${SLUICE_FAULT_POINTS}>:SLUICE_FAULT_POINTS>)
if(SLUICE_SANITIZE)
  add_compile_options(-fsanitize=${SLUICE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SLUICE_SANITIZE})
  if(SLUICE_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)  # g++ warns of every fence in Asio's headers.
    add_compile_definitions(SLUICE_TSAN)
  endif()
endif()

# The shared libraries that are not Debian's lie beside the binary, so that a release folder can be moved.
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
