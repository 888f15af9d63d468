# Compiler settings that hold for every target of the project.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# Release keeps its assertions: a broken invariant must stop a server, not corrupt a store.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -D_FORTIFY_SOURCE=2 -fstack-protector-strong")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1 -D_GLIBCXX_ASSERTIONS")

set(REWIND_SANITIZER "" CACHE STRING "address (with undefined), thread, fuzzer, or empty")
if(REWIND_SANITIZER STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=address,undefined)
elseif(REWIND_SANITIZER STREQUAL "thread")
  # Asio's fences are not modelled by TSan; the warning about them is not ours to mend.
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer -O1 -Wno-tsan)
  add_link_options(-fsanitize=thread)
elseif(REWIND_SANITIZER STREQUAL "fuzzer")
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "libFuzzer needs Clang; use the preset fuzz")
  endif()
  # The first finding ends the program, so that libFuzzer keeps the input that made it.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=vptr
                      -fno-sanitize-recover=undefined -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=address,undefined)
elseif(REWIND_SANITIZER)
  message(FATAL_ERROR "REWIND_SANITIZER is '${REWIND_SANITIZER}'; use address, thread, fuzzer or "
                      "nothing")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Paths relative to the tree, so that every clone on this machine shares what was compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
                                  CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT REWIND_SANITIZER)
  add_link_options(-fuse-ld=mold)
endif()
