#include "temporal/payload/payload_visitor.h"

#include <google/protobuf/reflection.h>
#include <temporal/api/common/v1/message.pb.h>
#include <temporal/api/failure/v1/message.pb.h>

#include <functional>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "temporal/payload/payload.h"

namespace sluice::temporal {

namespace {

namespace pb = google::protobuf;
namespace json = boost::json;

/// What is done at each payload, and at each failure before and after its own payloads.
struct Visitor {
  std::function<Result<void>(wire_common::Payload&, const std::string& workflow_id)> payload;
  std::function<void(wire_failure::Failure&)> before_failure = {};
  std::function<void(wire_failure::Failure&)> after_failure = {};
};

std::string text_in(const pb::Message& message, const char* name) {
  const pb::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  const bool is_text = field != nullptr && !field->is_repeated() &&
                       field->cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
  return is_text ? message.GetReflection()->GetString(message, field) : "";
}

Result<void> walk(pb::Message& message, const std::string& around, const Visitor& visitor) {
  if (message.GetDescriptor() == wire_common::Payload::descriptor()) {
    return visitor.payload(static_cast<wire_common::Payload&>(message), around);
  }
  if (message.GetDescriptor() == wire_common::SearchAttributes::descriptor()) return {};
  const bool is_failure = message.GetDescriptor() == wire_failure::Failure::descriptor();
  if (is_failure && visitor.before_failure) {
    visitor.before_failure(static_cast<wire_failure::Failure&>(message));
  }
  const std::string own = workflow_id_in(message);
  const std::string& workflow_id = own.empty() ? around : own;
  const pb::Reflection& reflection = *message.GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    if (field->cpp_type() != pb::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      TRY(walk(*reflection.MutableMessage(&message, field), workflow_id, visitor));
      continue;
    }
    // A map is a repeated message of key and value here.
    const int size = reflection.FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      TRY(walk(*reflection.MutableRepeatedMessage(&message, field, i), workflow_id, visitor));
    }
  }
  if (is_failure && visitor.after_failure) {
    visitor.after_failure(static_cast<wire_failure::Failure&>(message));
  }
  return {};
}

constexpr const char* hidden_message = "Encoded failure";

/// As Temporal's own SDKs do it, so that its page knows where to look.
void hide_text(wire_failure::Failure& failure) {
  if (failure.has_encoded_attributes()) return;
  set_payload(*failure.mutable_encoded_attributes(),
              json::serialize(json::object{{"message", failure.message()},
                                           {"stack_trace", failure.stack_trace()}}));
  failure.set_message(hidden_message);
  failure.clear_stack_trace();
}

void show_text(wire_failure::Failure& failure) {
  if (!failure.has_encoded_attributes()) return;
  boost::system::error_code bad;
  const json::value value = json::parse(json_of(failure.encoded_attributes()), bad);
  const json::object* told = bad ? nullptr : value.if_object();
  const auto text = [told](const char* name) -> std::string {
    const json::value* found = told->if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
  };
  if (told == nullptr || !told->contains("message")) return;  // Not of our making.
  failure.set_message(text("message"));
  failure.set_stack_trace(text("stack_trace"));
  failure.clear_encoded_attributes();
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

std::string workflow_id_in(const pb::Message& message) {
  std::string found = text_in(message, "workflow_id");
  for (const char* name : {"workflow_execution", "execution"}) {
    if (!found.empty()) return found;
    const pb::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
    const bool is_message = field != nullptr && !field->is_repeated() &&
                            field->cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE;
    if (!is_message || !message.GetReflection()->HasField(message, field)) continue;
    found = text_in(message.GetReflection()->GetMessage(message, field), "workflow_id");
  }
  return found;
}

void encode_payloads(const PayloadCodec* codec, pb::Message& message,
                     const std::string& workflow_id) {
  if (codec == nullptr) return;
  Visitor visitor;
  visitor.payload = [codec](wire_common::Payload& wire, const std::string& of) -> Result<void> {
    set_plain(wire, codec->encode(plain_of(wire), of));
    return {};
  };
  if (codec->covers_failures()) visitor.before_failure = hide_text;
  (void)walk(message, workflow_id, visitor);
}

Result<void> decode_payloads(const PayloadCodec* codec, pb::Message& message,
                             const std::string& workflow_id) {
  if (codec == nullptr) return {};
  Visitor visitor;
  visitor.payload = [codec](wire_common::Payload& wire, const std::string& of) -> Result<void> {
    TRY_ASSIGN(Payload payload, codec->decode(plain_of(wire), of));
    set_plain(wire, std::move(payload));
    return {};
  };
  if (codec->covers_failures()) visitor.after_failure = show_text;
  return walk(message, workflow_id, visitor);
}

}  // namespace sluice::temporal
