#include "api/uploads/tus_checksum.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "api/error_codes.h"
#include "base/base64.h"

namespace sluice::api {
namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;

/// tus wants SHA-1 of every server that checks at all; it guards against accidents, not against
/// people.
const EVP_MD* algorithm_of(std::string_view name) {
  if (name == "sha256") return EVP_sha256();
  if (name == "sha1") return EVP_sha1();
  return nullptr;
}

/// OpenSSL's digests fail only where memory does.
void must(int succeeded) {
  if (succeeded != 1) throw std::runtime_error("a digest of OpenSSL failed");
}

}  // namespace

struct TusChecksum::State {
  DigestContext context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  std::string expected;
};

TusChecksum::TusChecksum(std::unique_ptr<State> state) : state_(std::move(state)) {}
TusChecksum::TusChecksum(TusChecksum&&) noexcept = default;
TusChecksum& TusChecksum::operator=(TusChecksum&&) noexcept = default;
TusChecksum::~TusChecksum() = default;

Result<TusChecksum> TusChecksum::parse(std::string_view header) {
  const std::size_t space = header.find(' ');
  const EVP_MD* algorithm = algorithm_of(header.substr(0, space));
  if (algorithm == nullptr) {
    return fail(Errc::invalid_argument, Code::upload_checksum_unknown,
                "Upload-Checksum names an algorithm that is not known.",
                "Use one of " + std::string(checksum_algorithms) + ".");
  }
  auto state = std::make_unique<State>();
  std::optional<std::string> digest = base64_decode(
      space == std::string_view::npos ? std::string_view() : header.substr(space + 1));
  if (!digest || digest->size() != static_cast<std::size_t>(EVP_MD_size(algorithm))) {
    return fail(Errc::invalid_argument, Code::bad_upload_checksum,
                "Upload-Checksum does not hold a digest of that algorithm in base64.");
  }
  state->expected = std::move(*digest);
  must(EVP_DigestInit_ex(state->context.get(), algorithm, nullptr));
  return TusChecksum(std::move(state));
}

void TusChecksum::update(std::string_view bytes) {
  must(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

Result<void> TusChecksum::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  must(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size));
  if (std::equal(digest.begin(), digest.begin() + size, state_->expected.begin(),
                 state_->expected.end(),
                 [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); })) {
    return {};
  }
  return fail(
      Errc::invalid_argument, Code::upload_checksum_mismatch,
      "The bytes that arrived do not have the digest of Upload-Checksum; they are thrown away.",
      "Send the chunk again from the same offset.");
}

}  // namespace sluice::api
