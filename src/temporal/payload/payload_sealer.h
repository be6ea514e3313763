#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "base/result.h"
#include "temporal/payload_codec.h"

namespace sluice::temporal {

/// A secret that payloads are sealed with, by the name that they carry.
struct PayloadKey {
  std::string id;
  std::array<unsigned char, 32> secret = {};
};

/// `id:base64` of 32 bytes each, apart by commas or line ends; ids are letters, digits, `-` and
/// `_`. Error `invalid_argument` (`bad_payload_keys`), which never repeats what it could not read.
Result<std::vector<PayloadKey>> parse_payload_keys(std::string_view text);
/// A new key, as parse_payload_keys takes it.
std::string make_payload_key();

/// Seals payloads with XChaCha20-Poly1305, so that whoever reaches the Temporal server, or its
/// database, neither reads nor makes one. A payload is bound to its workflow's id: where that is
/// known, one that was taken from another workflow is as good as forged.
///
/// What was not sealed by us, or with a key that we lack, or for another workflow, is decoded to
/// something that says so and that no reader takes for a value: see unsealed_text. Threads: safe
/// for concurrent use.
///
/// Histories of workflows that still run hold sealed payloads. The cipher, the names in a payload's
/// metadata and what the seal vouches for may get a second version beside the first; a change would
/// make those histories unreadable.
class PayloadSealer final : public PayloadCodec {
 public:
  /// The first key seals, all open; at least one.
  explicit PayloadSealer(std::vector<PayloadKey> keys);

  Payload encode(Payload payload, const std::string& workflow_id) const override;
  Result<Payload> decode(Payload payload, const std::string& workflow_id) const override;
  /// Messages and stack traces of failures can quote what a user sent: sealed, too.
  bool covers_failures() const override { return true; }

 private:
  std::optional<Payload> open(const Payload& sealed, const std::string& workflow_id) const;

  std::vector<PayloadKey> keys_;
};

/// What a payload held that PayloadSealer did not make: JSON text, empty where that was no JSON. It
/// is anybody's word: whoever reads it proves it elsewhere, or ignores it. Nothing where `json`
/// came out of a seal, or there is no sealer.
std::optional<std::string> unsealed_text(std::string_view json);
/// The same of JSON that is parsed already: part of `json`, or null.
const boost::json::string* unsealed_in(const boost::json::value& json);

}  // namespace sluice::temporal
