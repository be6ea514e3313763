#include "wire/form.h"

#include <cmath>

namespace sluice::wire {

namespace json = boost::json;

namespace {

/// Up to here a double holds every integer.
constexpr double exact_integer_max = 9007199254740992.0;

}  // namespace

Mismatch inside(const std::string& name, Mismatch mismatch) {
  const bool apart = !mismatch.place.empty() && mismatch.place.front() != '[';
  mismatch.place = name + (apart ? "." : "") + mismatch.place;
  return mismatch;
}

std::string sentence_of(const Mismatch& mismatch) {
  return (mismatch.place.empty() ? "The value" : mismatch.place) + " " + mismatch.what + ".";
}

std::optional<Mismatch> Form<std::string>::read(const json::value& value, std::string& text) {
  const json::string* string = value.if_string();
  if (string == nullptr) return Mismatch{"", "must be a string"};
  text.assign(string->data(), string->size());
  return std::nullopt;
}

std::optional<Mismatch> Form<bool>::read(const json::value& value, bool& flag) {
  const bool* given = value.if_bool();
  if (given == nullptr) return Mismatch{"", "must be true or false"};
  flag = *given;
  return std::nullopt;
}

std::optional<Mismatch> Form<std::int64_t>::read(const json::value& value, std::int64_t& number) {
  if (const std::int64_t* given = value.if_int64()) {
    number = *given;
    return std::nullopt;
  }
  const double* given = value.if_double();
  if (given == nullptr || std::trunc(*given) != *given || std::abs(*given) > exact_integer_max) {
    return Mismatch{"", "must be an integer of 64 bits"};
  }
  number = static_cast<std::int64_t>(*given);
  return std::nullopt;
}

std::optional<Mismatch> Form<double>::read(const json::value& value, double& number) {
  if (!value.is_number()) return Mismatch{"", "must be a number"};
  number = value.to_number<double>();
  return std::nullopt;
}

}  // namespace sluice::wire
