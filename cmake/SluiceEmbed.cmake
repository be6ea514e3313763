# Debian's, which has python3-yaml (tools/packages.txt), whatever else is first on PATH.
find_program(SLUICE_SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

# sluice_embed(ROOM NAME FILES file=content/type …): the files, packed, as `std::span<const http::Asset>
# sluice::embedded::NAME()` in the room's library.
function(sluice_embed ROOM NAME)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  list(TRANSFORM ARG_FILES REPLACE "=.*" "" OUTPUT_VARIABLE paths)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  add_custom_command(OUTPUT ${out}/${NAME}.cc
    COMMAND ${SLUICE_SYSTEM_PYTHON} ${CMAKE_SOURCE_DIR}/tools/embed.py ${out} ${NAME} ${ARG_FILES}
    DEPENDS ${paths} ${CMAKE_SOURCE_DIR}/tools/embed.py
    VERBATIM)
  target_sources(sluice_${ROOM} PRIVATE ${out}/${NAME}.cc)
endfunction()
