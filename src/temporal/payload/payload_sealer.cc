#include "temporal/payload/payload_sealer.h"

#include <sodium.h>
#include <temporal/api/common/v1/message.pb.h>

#include <algorithm>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.h"
#include "base/base64.h"
#include "base/ids.h"
#include "temporal/error_codes.h"

namespace sluice::temporal {

namespace wire_common = ::temporal::api::common::v1;
namespace json = boost::json;

namespace {

// The names that Temporal's own examples of encryption use, so that a person knows what it is.
constexpr const char* encoding_field = "encoding";
constexpr const char* sealed_encoding = "binary/encrypted";
constexpr const char* cipher_field = "encryption-cipher";
constexpr const char* cipher_name = "xchacha20-poly1305";
constexpr const char* key_field = "encryption-key-id";
constexpr const char* workflow_field = "workflow-id";

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t key_id_bytes_max = 64;
/// The one member of what stands for a payload that was not sealed.
constexpr const char* unsealed_member = "sluice.unsealed";

bool is_key_id(std::string_view id) {
  return !id.empty() && id.size() <= key_id_bytes_max &&
         std::all_of(id.begin(), id.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

tl::unexpected<Error> bad_keys(const std::string& why) {
  return fail(Errc::invalid_argument, Code::bad_payload_keys,
              "The keys for Temporal's payloads are not id:base64 of 32 bytes each: " + why + ".",
              "See TEMPORAL_PAYLOAD_KEYS in docs/settings.md.");
}

/// What the seal vouches for beside the content.
std::string associated_data(const std::string& key_id, const std::string& workflow_id) {
  return "sluice payload 1" + std::string(1, '\0') + key_id + std::string(1, '\0') + workflow_id;
}

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string field(const Payload& payload, const char* name) {
  const auto found = payload.metadata.find(name);
  return found == payload.metadata.end() ? "" : found->second;
}

Payload marked_unsealed(const Payload& payload) {
  const std::string encoding = field(payload, encoding_field);
  const bool is_json = encoding == "json/plain" || encoding == "json/protobuf";
  return {.metadata = {{encoding_field, "json/plain"}},
          .data = json::serialize(json::object{{unsealed_member, is_json ? payload.data : ""}})};
}

}  // namespace

Result<std::vector<PayloadKey>> parse_payload_keys(std::string_view text) {
  std::vector<PayloadKey> keys;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(",\n");
    const std::string_view entry = trimmed(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (entry.empty()) continue;
    const std::size_t colon = entry.find(':');
    PayloadKey key;
    key.id = entry.substr(0, colon);
    if (colon == std::string_view::npos || !is_key_id(key.id)) return bad_keys("a key has no id");
    const std::optional<std::string> secret = base64_decode(entry.substr(colon + 1));
    if (!secret || secret->size() != key.secret.size()) {
      return bad_keys("key " + key.id + " is not");
    }
    std::copy(secret->begin(), secret->end(), key.secret.begin());
    for (const PayloadKey& other : keys) {
      if (other.id == key.id) return bad_keys("there are two keys " + key.id);
    }
    keys.push_back(std::move(key));
  }
  if (keys.empty()) return bad_keys("there is none");
  return keys;
}

std::string make_payload_key() {
  std::string secret(32, '\0');
  randombytes_buf(secret.data(), secret.size());
  return random_hex(4) + ":" + base64_encode(secret);
}

PayloadSealer::PayloadSealer(std::vector<PayloadKey> keys) : keys_(std::move(keys)) {}

Payload PayloadSealer::encode(Payload payload, const std::string& workflow_id) const {
  const PayloadKey& key = keys_.front();
  wire_common::Payload inner;
  for (auto& [name, value] : payload.metadata) (*inner.mutable_metadata())[name] = value;
  inner.set_data(std::move(payload.data));
  const std::string plain = inner.SerializeAsString();
  const std::string vouched = associated_data(key.id, workflow_id);
  std::string sealed(nonce_bytes + plain.size() + tag_bytes, '\0');
  randombytes_buf(sealed.data(), nonce_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      bytes_of(sealed) + nonce_bytes, nullptr, bytes_of(plain), plain.size(), bytes_of(vouched),
      vouched.size(), nullptr, bytes_of(sealed), key.secret.data());
  return {.metadata = {{encoding_field, sealed_encoding},
                       {cipher_field, cipher_name},
                       {key_field, key.id},
                       {workflow_field, workflow_id}},
          .data = std::move(sealed)};
}

std::optional<Payload> PayloadSealer::open(const Payload& sealed,
                                           const std::string& workflow_id) const {
  if (field(sealed, encoding_field) != sealed_encoding) return std::nullopt;
  if (sealed.data.size() < nonce_bytes + tag_bytes) return std::nullopt;
  const std::string sealed_for = field(sealed, workflow_field);
  if (!workflow_id.empty() && sealed_for != workflow_id) return std::nullopt;
  const std::string key_id = field(sealed, key_field);
  const auto key = std::find_if(keys_.begin(), keys_.end(),
                                [&](const PayloadKey& known) { return known.id == key_id; });
  if (key == keys_.end()) return std::nullopt;
  const std::string vouched = associated_data(key_id, sealed_for);
  std::string plain(sealed.data.size() - nonce_bytes - tag_bytes, '\0');
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(plain), nullptr, nullptr, bytes_of(sealed.data) + nonce_bytes,
      sealed.data.size() - nonce_bytes, bytes_of(vouched), vouched.size(), bytes_of(sealed.data),
      key->secret.data());
  wire_common::Payload inner;
  if (failed != 0 || !inner.ParseFromString(plain)) return std::nullopt;
  Payload payload;
  for (const auto& [name, value] : inner.metadata()) payload.metadata[name] = value;
  payload.data = std::move(*inner.mutable_data());
  return payload;
}

Result<Payload> PayloadSealer::decode(Payload payload, const std::string& workflow_id) const {
  std::optional<Payload> opened = open(payload, workflow_id);
  return opened ? std::move(*opened) : marked_unsealed(payload);
}

const json::string* unsealed_in(const json::value& json) {
  const json::object* object = json.if_object();
  const json::value* held = object == nullptr ? nullptr : object->if_contains(unsealed_member);
  return held == nullptr ? nullptr : held->if_string();
}

std::optional<std::string> unsealed_text(std::string_view text) {
  boost::system::error_code bad;
  const json::value value = json::parse(text, bad);
  const json::string* held = bad ? nullptr : unsealed_in(value);
  if (held == nullptr) return std::nullopt;
  return std::string(*held);
}

}  // namespace sluice::temporal
