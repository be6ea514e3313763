#pragma once

#include <utility>

#include "temporal/payload/payload_sealer.h"
#include "wire/json.h"

namespace sluice::temporal {

/// A value as it came through a PayloadSealer: one that was not sealed is read all the same, and
/// whoever takes it decides what it is worth. In JSON it is the value itself.
template <typename T>
struct Received {
  Received() = default;
  Received(T made) : value(std::move(made)) {}  // what is made here is to be sealed

  T value = {};
  bool is_sealed = true;  ///< Nobody but us made it; also where there is no sealer.
};

}  // namespace sluice::temporal

template <typename T>
struct sluice::wire::Form<sluice::temporal::Received<T>> {
  using Received = temporal::Received<T>;

  static boost::json::value write(const Received& received) {
    return Form<T>::write(received.value);
  }
  static std::optional<Mismatch> read(const boost::json::value& json, Received& received) {
    const boost::json::string* unsealed = temporal::unsealed_in(json);
    received.is_sealed = unsealed == nullptr;
    if (unsealed == nullptr) return Form<T>::read(json, received.value);
    const Result<boost::json::value> held = parse_stored({unsealed->data(), unsealed->size()});
    if (!held) return Mismatch{"", "was not sealed and is no JSON"};
    return Form<T>::read(*held, received.value);
  }
  static boost::json::object schema() { return Form<T>::schema(); }
};
