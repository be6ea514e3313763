include(GoogleTest)

# A room is a folder: what lies in it is of it, so that no file is forgotten and none is listed twice. Test code says so
# by its name (`x_test.cc`, `test_x.cc`, `x_test_support.cc`) or its folder (`testing/`, `fuzz/`).
set(SLUICE_TEST_CODE "(^|/)(test_[a-z_]*|[a-z_0-9]*_test(_[a-z]+)*)\\.cc$|(^|/)(testing|fuzz)/")

# sluice_room(NAME [GENERATED …] [EXCLUDE …] LINK … PRIVATE_LINK …): the room as a static library `sluice_NAME`.
function(sluice_room NAME)
  cmake_parse_arguments(ARG "" "" "GENERATED;EXCLUDE;LINK;PRIVATE_LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cc)
  list(FILTER sources EXCLUDE REGEX "${SLUICE_TEST_CODE}")
  if(ARG_EXCLUDE)
    list(REMOVE_ITEM sources ${ARG_EXCLUDE})
  endif()
  add_library(sluice_${NAME} STATIC ${sources} ${ARG_GENERATED})
  target_include_directories(sluice_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(sluice_${NAME} PRIVATE ${SLUICE_WARNINGS})
  target_link_libraries(sluice_${NAME} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# sluice_test(NAME [ONLY …] [EXTRA …] [EXCLUDE …] LINK …): the unit tests of a room as one program, `NAME_test`, known
# to ctest: all test code beside the sources, or ONLY what is named; EXTRA is besides.
function(sluice_test NAME)
  if(NOT SLUICE_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "ONLY;EXTRA;EXCLUDE;LINK" ${ARGN})
  if(ARG_ONLY)
    set(sources ${ARG_ONLY})
  else()
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} *.cc)
    list(FILTER sources INCLUDE REGEX "${SLUICE_TEST_CODE}")
    list(FILTER sources EXCLUDE REGEX "(^|/)(testing|fuzz)/")
    if(ARG_EXCLUDE)
      list(REMOVE_ITEM sources ${ARG_EXCLUDE})
    endif()
  endif()
  add_executable(${NAME}_test ${sources} ${ARG_EXTRA})
  target_compile_options(${NAME}_test PRIVATE ${SLUICE_WARNINGS})
  target_link_libraries(${NAME}_test PRIVATE ${ARG_LINK} GTest::gtest_main GTest::gmock)
  # ccache makes __FILE__ relative to the build folder, and test data is found beside the source.
  gtest_discover_tests(${NAME}_test DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 30
                       WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
                       PROPERTIES TIMEOUT 120)
endfunction()

# sluice_fuzz(NAME TARGETS … LINK …), after sluice_test: each target is `fuzz/NAME_TARGET_fuzz.cc`
# (base/testing/fuzz_target.h) with its inputs in `fuzz/corpus/TARGET/`. The room's unit tests replay them; `make fuzz` makes of each target a
# program `NAME_TARGET_fuzz` of libFuzzer, which wants clang.
function(sluice_fuzz NAME)
  cmake_parse_arguments(ARG "" "" "TARGETS;LINK" ${ARGN})
  set(harness ${CMAKE_SOURCE_DIR}/src/base/testing)
  list(TRANSFORM ARG_TARGETS REPLACE "(.+)" "fuzz/${NAME}_\\1_fuzz.cc" OUTPUT_VARIABLE sources)
  if(TARGET ${NAME}_test)
    target_sources(${NAME}_test PRIVATE ${sources} ${harness}/corpus_test.cc ${harness}/fuzz_target.cc
                                        ${harness}/memory_file.cc)
  endif()
  if(SLUICE_FUZZ)
    foreach(target ${ARG_TARGETS})
      set(fuzzer ${NAME}_${target}_fuzz)
      add_executable(${fuzzer} fuzz/${fuzzer}.cc ${harness}/fuzzer_main.cc ${harness}/fuzz_target.cc
                               ${harness}/memory_file.cc)
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
      target_link_libraries(${fuzzer} PRIVATE ${ARG_LINK})
      add_dependencies(fuzzers ${fuzzer})
    endforeach()
  endif()
endfunction()
