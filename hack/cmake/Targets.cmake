# rewind_library(NAME n SOURCES ... DEPS ...)   a library rewind_n, also named rewind::n
# rewind_program(NAME n SOURCES ... DEPS ...)   an executable n
# rewind_test(NAME n SOURCES ... DEPS ... [LABEL fast])   a GoogleTest executable, run by ctest
# Sources and dependencies are written down, never globbed: the list is the design.

set(REWIND_WARNINGS -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
    -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # GCC builds the product and decides about warnings; Clang's own ideas must not stop the fuzzing.
  list(REMOVE_ITEM REWIND_WARNINGS -Wconversion -Wshadow -Werror)
endif()

function(rewind_common_settings target)
  target_compile_options(${target} PRIVATE ${REWIND_WARNINGS})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

function(rewind_library)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_library(rewind_${ARG_NAME} STATIC ${ARG_SOURCES})
  add_library(rewind::${ARG_NAME} ALIAS rewind_${ARG_NAME})
  rewind_common_settings(rewind_${ARG_NAME})
  target_link_libraries(rewind_${ARG_NAME} PUBLIC ${ARG_DEPS})
endfunction()

function(rewind_program)
  cmake_parse_arguments(ARG "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  rewind_common_settings(${ARG_NAME})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS})
endfunction()

# What ctest needs for the labels fast, sim and fuzz.
add_custom_target(test_programs)

function(rewind_test)
  cmake_parse_arguments(ARG "" "NAME;LABEL" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL fast)
  endif()
  set(timeout_s 120)
  if(REWIND_SANITIZER)
    set(timeout_s 900)
  endif()
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  rewind_common_settings(${ARG_NAME})
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_DEPS} GTest::gtest GTest::gmock
                                            GTest::gtest_main)
  target_compile_definitions(${ARG_NAME} PRIVATE
                             REWIND_GOLDEN_DIR="${CMAKE_SOURCE_DIR}/tests/golden")
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                               ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${ARG_NAME} COMMAND ${ARG_NAME})
  set_tests_properties(${ARG_NAME} PROPERTIES LABELS ${ARG_LABEL}
                                             TIMEOUT ${timeout_s})
  add_dependencies(test_programs ${ARG_NAME})
endfunction()
