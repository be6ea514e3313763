#pragma once

#include <map>
#include <string>

#include "base/result.h"

namespace sluice::temporal {

/// A value on its way to or from the server: `metadata["encoding"]` says what `data` is;
/// `json/plain` is all that this library makes of itself.
struct Payload {
  std::map<std::string, std::string> metadata = {};
  std::string data = {};
};

/// What payloads go through last before they leave the process, and first when they come: to
/// encrypt or pack them. All inputs, results, details, memos and messages' details; not search
/// attributes, which the server must read, nor names, ids and failures' messages. Threads: called
/// from any, at the same time. It must give the same text in a replay as in the first run only so
/// far as decode(encode(x)) is x.
class PayloadCodec {
 public:
  virtual ~PayloadCodec() = default;
  /// Must not fail.
  virtual Payload encode(Payload payload) const = 0;
  /// A payload that this codec did not make is given back as it is.
  virtual Result<Payload> decode(Payload payload) const = 0;
};

}  // namespace sluice::temporal
