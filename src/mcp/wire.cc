#include "mcp/wire.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "mcp/error_codes.h"
#include "wire/error_codes.h"

namespace sluice::mcp {
namespace json = boost::json;

namespace {

Errc kind_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(Errc::internal); ++i) {
    if (name_of(static_cast<Errc>(i)) == name) return static_cast<Errc>(i);
  }
  return Errc::internal;
}

std::string text_at(const json::object& object, std::string_view name) {
  const json::string* text = string_at(object, name);
  return text == nullptr ? std::string() : std::string(*text);
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = json_depth_max;
  boost::system::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error)
    return fail(Errc::invalid_argument, wire::Code::bad_json,
                "This is not JSON: " + error.message() + ".");
  return value;
}

const json::object* object_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

const json::string* string_at(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

ToolResult ToolResult::ok(json::object structured_in, std::string text_in) {
  ToolResult result;
  result.text = std::move(text_in);
  result.structured = std::move(structured_in);
  return result;
}

ToolResult ToolResult::failed(const Error& cause) {
  ToolResult result;
  result.error =
      ToolError{cause.code, cause.kind, cause.detail, cause.remedy, is_retryable(cause.kind)};
  result.text = to_line(cause);
  return result;
}

Error to_error(const ToolError& error) {
  return Error{error.kind, error.code, error.message, error.remedy};
}

json::object result_to_json(const ToolResult& result) {
  std::string text = result.text;
  if (text.empty() && result.structured) text = json::serialize(*result.structured);
  json::object out;
  out["content"] = json::array{json::object{{"type", "text"}, {"text", text}}};
  json::object meta = result.meta;
  if (result.error) {
    out["isError"] = true;
    const ToolError& error = *result.error;
    meta[meta_error] = json::object{{"code", error.code.text()},
                                    {"kind", name_of(error.kind)},
                                    {"message", error.message},
                                    {"remedy", error.remedy},
                                    {"retryable", error.retryable}};
  } else if (result.structured) {
    out["structuredContent"] = *result.structured;
  }
  if (!meta.empty()) out["_meta"] = std::move(meta);
  return out;
}

Result<ToolResult> result_from_json(const json::object& in) {
  ToolResult result;
  const json::value* content = in.if_contains("content");
  if (content == nullptr || !content->is_array()) {
    return fail(Errc::internal, Code::mcp_bad_answer, "The tool's result has no content.");
  }
  for (const json::value& item : content->get_array()) {
    const json::object* block = item.if_object();
    if (block != nullptr && text_at(*block, "type") == "text")
      result.text += text_at(*block, "text");
  }
  if (const json::object* structured = object_at(in, "structuredContent"))
    result.structured = *structured;
  const json::object* meta = object_at(in, "_meta");
  if (meta != nullptr) result.meta = *meta;
  const json::value* flag = in.if_contains("isError");
  if (flag == nullptr || !flag->is_bool() || !flag->get_bool()) return result;
  // Another server's failing tool says nothing machine-readable: do not repeat what we do not
  // understand.
  ToolError error{Code::tool_failed, Errc::internal, result.text, {}, false};
  if (const json::object* ours = meta == nullptr ? nullptr : object_at(*meta, meta_error)) {
    error.code = ErrorCode::from_outside(text_at(*ours, "code"));
    error.kind = kind_of(text_at(*ours, "kind"));
    error.message = text_at(*ours, "message");
    error.remedy = text_at(*ours, "remedy");
    const json::value* retryable = ours->if_contains("retryable");
    error.retryable = retryable != nullptr && retryable->is_bool() && retryable->get_bool();
  }
  result.error = std::move(error);
  return result;
}

}  // namespace sluice::mcp
