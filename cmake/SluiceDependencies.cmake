# Debian's libraries by find_package; DuckDB and the Rust library from .deps/, which tools/deps fills.
set(SLUICE_DEPS ${CMAKE_SOURCE_DIR}/.deps)
foreach(needed duckdb/lib/libduckdb.so duckdb/include/duckdb.h swagger-ui/swagger-ui-bundle.js rust/lib/libsluice_rust.so)
  if(NOT EXISTS ${SLUICE_DEPS}/${needed})
    message(FATAL_ERROR ".deps/${needed} is missing. Run: make deps")
  endif()
endforeach()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(Protobuf REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
if(SLUICE_TESTS)
  find_package(GTest REQUIRED)
endif()

add_library(duckdb_c SHARED IMPORTED)
set_target_properties(duckdb_c PROPERTIES
  IMPORTED_LOCATION ${SLUICE_DEPS}/duckdb/lib/libduckdb.so
  IMPORTED_NO_SONAME ON
  INTERFACE_INCLUDE_DIRECTORIES ${SLUICE_DEPS}/duckdb/include)

add_library(sluice_rust SHARED IMPORTED)
set_target_properties(sluice_rust PROPERTIES
  IMPORTED_LOCATION ${SLUICE_DEPS}/rust/lib/libsluice_rust.so
  INTERFACE_INCLUDE_DIRECTORIES ${SLUICE_DEPS}/rust/include)

# Debian's libsoci-dev, libexpected-dev and libcli11-dev have no usable package files for CMake.
find_library(SOCI_CORE soci_core REQUIRED)
find_library(SOCI_SQLITE3 soci_sqlite3 REQUIRED)
find_path(SOCI_INCLUDE soci/soci.h REQUIRED)
find_path(EXPECTED_INCLUDE tl/expected.hpp REQUIRED)
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
add_library(soci INTERFACE)
target_link_libraries(soci INTERFACE ${SOCI_CORE} ${SOCI_SQLITE3} SQLite::SQLite3)
target_include_directories(soci SYSTEM INTERFACE ${SOCI_INCLUDE} ${SOCI_INCLUDE}/soci)
