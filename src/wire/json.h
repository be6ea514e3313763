#pragma once

#include <string>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/result.h"
#include "wire/error_codes.h"
#include "wire/form.h"

namespace sluice::wire {

/// A value as JSON; its members stand in the order of its fields.
template <typename T>
boost::json::value to_json(const T& value) {
  return Form<T>::write(value);
}

template <Described T>
boost::json::object to_object(const T& value) {
  boost::json::object object;
  Form<T>::write_into(value, object);
  return object;
}

template <typename T>
std::string to_text(const T& value) {
  return boost::json::serialize(Form<T>::write(value));
}

/// A value out of JSON. Error: `invalid_argument` (`json_mismatch`), whose detail names the place:
/// `columns[3].name is missing.` A caller that knows whose text it is says so with a code of its
/// own.
template <typename T>
Result<T> from_json(const boost::json::value& json) {
  T value{};
  const std::optional<Mismatch> wrong = Form<T>::read(json, value);
  if (!wrong) return value;
  return fail(Errc::invalid_argument, Code::json_mismatch, sentence_of(*wrong));
}

/// The same of an object that is no `boost::json::value`.
template <Described T>
Result<T> from_object(const boost::json::object& json) {
  T value{};
  const std::optional<Mismatch> wrong = ObjectForm<T>::read_from(json, value);
  if (!wrong) return value;
  return fail(Errc::invalid_argument, Code::json_mismatch, sentence_of(*wrong));
}

/// The JSON of a text whose strings are kept byte for byte, whatever they are: a header need not be
/// UTF-8. Error: `invalid_argument` (`bad_json`).
Result<boost::json::value> parse_stored(std::string_view text);

template <typename T>
Result<T> from_stored_text(std::string_view text) {
  TRY_ASSIGN(const boost::json::value value, parse_stored(text));
  return wire::from_json<T>(value);
}

}  // namespace sluice::wire
