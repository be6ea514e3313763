#include "temporal/payload/readable_payloads.h"

#include <google/protobuf/util/json_util.h>
#include <temporal/api/common/v1/message.pb.h>

#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "temporal/error_codes.h"
#include "temporal/payload/payload.h"
#include "temporal/payload/payload_sealer.h"

namespace sluice::temporal {

namespace json = boost::json;
namespace pb_json = google::protobuf::util;

namespace {

/// `value` is a payload as protobuf writes it: then the JSON that it holds.
std::optional<json::value> payload_in(const json::value& value) {
  const json::object* object = value.if_object();
  const json::value* metadata = object == nullptr ? nullptr : object->if_contains("metadata");
  if (metadata == nullptr || !metadata->is_object() ||
      !metadata->get_object().contains("encoding")) {
    return std::nullopt;
  }
  wire_common::Payload payload;
  if (!pb_json::JsonStringToMessage(json::serialize(value), &payload).ok()) return std::nullopt;
  boost::system::error_code bad;
  json::value held = json::parse(json_of(payload), bad);
  if (bad) return std::nullopt;
  return held;
}

void open_all(json::value& value) {
  if (std::optional<json::value> held = payload_in(value)) {
    value = std::move(*held);
  } else if (json::object* object = value.if_object()) {
    for (auto& member : *object) open_all(member.value());
  } else if (json::array* array = value.if_array()) {
    for (json::value& element : *array) open_all(element);
  }
}

}  // namespace

Result<std::string> decode_payloads_json(const PayloadCodec& codec, const std::string& body) {
  wire_common::Payloads payloads;
  pb_json::JsonParseOptions lenient;
  lenient.ignore_unknown_fields = true;
  if (!pb_json::JsonStringToMessage(body, &payloads, lenient).ok()) {
    return fail(Errc::invalid_argument, Code::bad_payloads,
                R"(The body is not {"payloads": [...]} as Temporal sends it.)");
  }
  for (wire_common::Payload& wire : *payloads.mutable_payloads()) {
    Payload sealed;
    for (const auto& [name, value] : wire.metadata()) sealed.metadata[name] = value;
    sealed.data = wire.data();
    TRY_ASSIGN(Payload opened, codec.decode(std::move(sealed), ""));
    if (unsealed_text(opened.data)) continue;
    wire.clear_metadata();
    for (auto& [name, value] : opened.metadata) (*wire.mutable_metadata())[name] = value;
    wire.set_data(std::move(opened.data));
  }
  std::string answer;
  if (!pb_json::MessageToJsonString(payloads, &answer).ok()) {
    return fail(Errc::internal, Code::bad_payloads, "The payloads cannot be written as JSON.");
  }
  return answer;
}

Result<std::string> readable_history(const std::string& history_json) {
  boost::system::error_code bad;
  json::value history = json::parse(history_json, bad);
  if (bad) return fail(Errc::internal, Code::history_malformed, "The history is no JSON.");
  open_all(history);
  return json::serialize(history);
}

}  // namespace sluice::temporal
