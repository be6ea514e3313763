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
/// attributes, which the server must read, nor names and ids. Threads: called from any, at the same
/// time. It must give the same text in a replay as in the first run only so far as
/// decode(encode(x)) is x.
class PayloadCodec {
 public:
  virtual ~PayloadCodec() = default;
  /// Must not fail. `workflow_id`: whose payload it is; empty where that is not known.
  virtual Payload encode(Payload payload, const std::string& workflow_id) const = 0;
  /// A payload that this codec did not make is given back as it is, or as something that says so.
  virtual Result<Payload> decode(Payload payload, const std::string& workflow_id) const = 0;
  /// Whether messages and stack traces of failures become payloads too, as Temporal has it
  /// (`encoded_attributes`).
  virtual bool covers_failures() const { return false; }
};

}  // namespace sluice::temporal
