include(GoogleTest)

# sluice_room(NAME SOURCES … LINK …): one room of the house as a static library `sluice_NAME`.
function(sluice_room NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(sluice_${NAME} STATIC ${ARG_SOURCES})
  target_include_directories(sluice_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(sluice_${NAME} PRIVATE ${SLUICE_WARNINGS})
  target_link_libraries(sluice_${NAME} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
endfunction()

# sluice_test(NAME SOURCES … LINK …): the unit tests of a room as one program, `NAME_test`, known to ctest.
function(sluice_test NAME)
  if(NOT SLUICE_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${NAME}_test ${ARG_SOURCES})
  target_compile_options(${NAME}_test PRIVATE ${SLUICE_WARNINGS})
  target_link_libraries(${NAME}_test PRIVATE ${ARG_LINK} GTest::gtest_main GTest::gmock)
  # ccache makes __FILE__ relative to the build folder, and test data is found beside the source.
  gtest_discover_tests(${NAME}_test DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 30
                       WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
                       PROPERTIES TIMEOUT 120)
endfunction()
