#include "temporal/payload_visitor.h"

#include <google/protobuf/reflection.h>
#include <temporal/api/common/v1/message.pb.h>

#include <functional>
#include <vector>

namespace sluice::temporal {

namespace {

namespace pb = google::protobuf;
namespace wire_common = ::temporal::api::common::v1;
using Visit = std::function<Result<void>(wire_common::Payload&)>;

Result<void> walk(pb::Message& message, const Visit& visit) {
  if (message.GetDescriptor() == wire_common::Payload::descriptor()) {
    return visit(static_cast<wire_common::Payload&>(message));
  }
  if (message.GetDescriptor() == wire_common::SearchAttributes::descriptor()) return {};
  const pb::Reflection& reflection = *message.GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      TRY(walk(*reflection.MutableMessage(&message, field), visit));
      continue;
    }
    // A map is a repeated message of key and value here.
    const int size = reflection.FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      TRY(walk(*reflection.MutableRepeatedMessage(&message, field, i), visit));
    }
  }
  return {};
}

Payload plain_of(wire_common::Payload& wire) {
  Payload payload;
  for (const auto& [name, value] : wire.metadata()) payload.metadata[name] = value;
  payload.data = std::move(*wire.mutable_data());
  return payload;
}

void set_plain(wire_common::Payload& wire, Payload payload) {
  wire.mutable_metadata()->clear();
  for (auto& [name, value] : payload.metadata) {
    (*wire.mutable_metadata())[name] = std::move(value);
  }
  wire.set_data(std::move(payload.data));
}

}  // namespace

void encode_payloads(const PayloadCodec* codec, pb::Message& message) {
  if (codec == nullptr) return;
  (void)walk(message, [codec](wire_common::Payload& wire) -> Result<void> {
    set_plain(wire, codec->encode(plain_of(wire)));
    return {};
  });
}

Result<void> decode_payloads(const PayloadCodec* codec, pb::Message& message) {
  if (codec == nullptr) return {};
  return walk(message, [codec](wire_common::Payload& wire) -> Result<void> {
    TRY_ASSIGN(Payload payload, codec->decode(plain_of(wire)));
    set_plain(wire, std::move(payload));
    return {};
  });
}

}  // namespace sluice::temporal
