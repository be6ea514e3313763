#include "api/uploads/checksum.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace sluice::api {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;

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

struct Checksum::State {
  Context context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  std::string expected;
};

Checksum::Checksum(std::unique_ptr<State> state) : state_(std::move(state)) {}
Checksum::Checksum(Checksum&&) noexcept = default;
Checksum& Checksum::operator=(Checksum&&) noexcept = default;
Checksum::~Checksum() = default;

Result<Checksum> Checksum::parse(std::string_view header) {
  const std::size_t space = header.find(' ');
  const EVP_MD* algorithm = algorithm_of(header.substr(0, space));
  if (algorithm == nullptr) {
    return fail(Errc::invalid_argument, "upload_checksum_unknown",
                "Upload-Checksum names an algorithm that is not known.",
                "Use one of " + std::string(checksum_algorithms) + ".");
  }
  auto state = std::make_unique<State>();
  Result<std::string> digest = base64_decoded(
      space == std::string_view::npos ? std::string_view() : header.substr(space + 1));
  if (!digest || digest->size() != static_cast<std::size_t>(EVP_MD_size(algorithm))) {
    return fail(Errc::invalid_argument, "bad_upload_checksum",
                "Upload-Checksum does not hold a digest of that algorithm in base64.");
  }
  state->expected = std::move(*digest);
  must(EVP_DigestInit_ex(state->context.get(), algorithm, nullptr));
  return Checksum(std::move(state));
}

void Checksum::update(std::string_view bytes) {
  must(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()));
}

Result<void> Checksum::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  must(EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size));
  if (std::equal(digest.begin(), digest.begin() + size, state_->expected.begin(),
                 state_->expected.end(),
                 [](unsigned char a, char b) { return a == static_cast<unsigned char>(b); })) {
    return {};
  }
  return fail(
      Errc::invalid_argument, "upload_checksum_mismatch",
      "The bytes that arrived do not have the digest of Upload-Checksum; they are thrown away.",
      "Send the chunk again from the same offset.");
}

Result<std::string> base64_decoded(std::string_view text) {
  const auto bad = [] {
    return fail(Errc::invalid_argument, "bad_base64", "That is not base64 with its padding.");
  };
  const std::size_t end = std::min(text.find('='), text.size());
  const std::size_t padding = text.size() - end;
  const bool known =
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
               c == '+' || c == '/';
      });
  // EVP_DecodeBlock skips blanks and takes padding anywhere, so that we look first.
  if (!known || text.size() % 4 != 0 || padding > 2 ||
      text.substr(end) != std::string("==").substr(0, padding)) {
    return bad();
  }
  std::string out(text.size() / 4 * 3, '\0');
  const int written = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()));
  if (written < 0) return bad();
  out.resize(static_cast<std::size_t>(written) - padding);
  return out;
}

}  // namespace sluice::api
