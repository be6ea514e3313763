# temporal_protos: C++ for those of Temporal's messages that sluice_temporal speaks, generated from the
# protos that lie in .deps beside the core's C bridge, so that both are always of one version.
#
# The copy in the build tree renames the package temporal.api.namespace.v1: `namespace` is a C++ keyword, and
# the wire does not carry package names.
find_program(PROTOC protoc REQUIRED)
find_path(PROTOBUF_IMPORTS google/protobuf/timestamp.proto PATHS ${Protobuf_INCLUDE_DIRS} REQUIRED)

set(TEMPORAL_PROTO_ROOTS ${SLUICE_DEPS}/sdk-core/crates/protos/protos/api_upstream
                         ${SLUICE_DEPS}/sdk-core/crates/protos/protos/local)
set(TEMPORAL_PROTO_COPY ${CMAKE_BINARY_DIR}/temporal_protos/proto)
set(TEMPORAL_PROTO_OUT ${CMAKE_BINARY_DIR}/temporal_protos/cc)
file(MAKE_DIRECTORY ${TEMPORAL_PROTO_OUT})

# The transitive closure of imports from the messages we use; the rest is half as much again to compile.
set(pending temporal/sdk/core/core_interface.proto
            temporal/api/workflowservice/v1/request_response.proto
            temporal/api/operatorservice/v1/request_response.proto)
set(closure)
while(pending)
  list(POP_FRONT pending proto)
  if(proto IN_LIST closure OR proto MATCHES "^google/protobuf/")
    continue()
  endif()
  list(APPEND closure ${proto})
  unset(source)
  foreach(root ${TEMPORAL_PROTO_ROOTS})
    if(EXISTS ${root}/${proto})
      set(source ${root}/${proto})
    endif()
  endforeach()
  if(NOT source)
    message(FATAL_ERROR "Temporal's ${proto} is missing below .deps/sdk-core. Run: make deps")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(STRINGS ${source} imports REGEX "^import ")
  foreach(line ${imports})
    string(REGEX REPLACE "^import +(public +)?\"([^\"]+)\".*" "\\2" name "${line}")
    list(APPEND pending ${name})
  endforeach()
  file(READ ${source} text)
  string(REPLACE "temporal.api.namespace.v1" "temporal.api.namespacing.v1" text "${text}")
  file(CONFIGURE OUTPUT ${TEMPORAL_PROTO_COPY}/${proto} CONTENT "${text}" @ONLY)
endwhile()

set(inputs)
set(sources)
set(headers)
foreach(proto ${closure})
  string(REGEX REPLACE "\\.proto$" "" stem ${proto})
  list(APPEND inputs ${TEMPORAL_PROTO_COPY}/${proto})
  list(APPEND sources ${TEMPORAL_PROTO_OUT}/${stem}.pb.cc)
  list(APPEND headers ${TEMPORAL_PROTO_OUT}/${stem}.pb.h)
endforeach()
# The system's google/protobuf goes first, or its messages would be defined twice.
add_custom_command(
  OUTPUT ${sources} ${headers}
  COMMAND ${PROTOC} -I ${PROTOBUF_IMPORTS} -I ${TEMPORAL_PROTO_COPY} --cpp_out=${TEMPORAL_PROTO_OUT} ${inputs}
  DEPENDS ${inputs}
  COMMENT "Generating C++ from Temporal's protos"
  VERBATIM)

add_library(temporal_protos STATIC ${sources})
target_include_directories(temporal_protos SYSTEM PUBLIC ${TEMPORAL_PROTO_OUT})
target_link_libraries(temporal_protos PUBLIC protobuf::libprotobuf)
# 200,000 generated lines: no debug information, and no sanitizers, which would cost minutes and find nothing of ours.
target_compile_options(temporal_protos PRIVATE -w -O1 -g0)
if(SLUICE_SANITIZE)
  target_compile_options(temporal_protos PRIVATE -fno-sanitize=all)
endif()
# Where it sees that macro, protobuf's map_field.h has two members that Debian's library does not have. libstdc++ takes
# its own from it, which stays.
if(SLUICE_SANITIZE MATCHES "thread")
  target_compile_options(temporal_protos INTERFACE -U__SANITIZE_THREAD__ -D_GLIBCXX_TSAN=1)
endif()
