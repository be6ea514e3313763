// Access tokens: what we sign is taken, and nothing that anybody else can make. Pure.
#include "auth/access_token.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <boost/json/parse.hpp>

#include "auth/token.h"
#include "base/base64.h"
#include "base/ids.h"

namespace sluice::auth {
namespace {

constexpr Micros now_us = 1'700'000'000'000'000;

class AccessTokenTest : public testing::Test {
 protected:
  Result<AccessClaims> verified(std::string_view token, Micros at_us = now_us) const {
    return verify_access_token(
        token,
        [this](std::string_view id) {
          return id == key_.id ? std::optional(key_.public_key) : std::nullopt;
        },
        at_us);
  }
  void expect_invalid(std::string_view token, const char* why) const {
    const Result<AccessClaims> result = verified(token);
    ASSERT_FALSE(result) << why;
    EXPECT_EQ(result.error().code, "access_token_invalid") << why;
    EXPECT_EQ(result.error().kind, Errc::unauthenticated) << why;
  }
  /// Signed by `key` whatever it says.
  static std::string signed_by(const SigningKey& key, std::string_view header,
                               std::string_view payload) {
    const std::string text = base64_encode(header, Base64::url_unpadded) + "." +
                             base64_encode(payload, Base64::url_unpadded);
    std::string signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                         reinterpret_cast<const unsigned char*>(key.private_key.data()));
    return text + "." + base64_encode(signature, Base64::url_unpadded);
  }
  std::string header(std::string_view algorithm = "EdDSA", std::string_view more = "") const {
    return R"({"alg":")" + std::string(algorithm) + R"(","typ":"at+jwt","kid":")" + key_.id + "\"" +
           std::string(more) + "}";
  }

  const SigningKey key_ = make_signing_key();
  const AccessClaims claims_{
      new_uuid_v7(), new_uuid_v7(), {"acme"}, now_us, now_us + access_token_lifetime_us};
  const std::string token_ = sign_access_token(key_, claims_);
  const std::string payload_ =
      base64_decode(token_.substr(token_.find('.') + 1, token_.rfind('.') - token_.find('.') - 1),
                    Base64::url_unpadded)
          .value();
};

TEST_F(AccessTokenTest, WhatWeSignIsTaken) {
  EXPECT_TRUE(looks_like_jwt(token_));
  EXPECT_TRUE(bearer_credential("Bearer " + token_));
  EXPECT_EQ(verified(token_).value(), claims_);
  EXPECT_TRUE(verified(signed_by(key_, header(), payload_)));
  EXPECT_NE(token_, sign_access_token(key_, claims_));
}

TEST_F(AccessTokenTest, Ends) {
  EXPECT_TRUE(verified(token_, claims_.expires_at_us - 1));
  EXPECT_EQ(verified(token_, claims_.expires_at_us).error().code, "access_token_expired");
  EXPECT_TRUE(verified(token_, now_us - 60'000'000)) << "another process' clock";
  EXPECT_EQ(verified(token_, now_us - 61'000'000).error().code, "access_token_invalid");
}

TEST_F(AccessTokenTest, AnotherKeyOrAlgorithmIsNotBelieved) {
  SigningKey other = make_signing_key();
  expect_invalid(sign_access_token(other, claims_), "a key that is not ours");
  other.id = key_.id;
  expect_invalid(sign_access_token(other, claims_), "another key under our key's id");
  const std::string body = base64_encode(payload_, Base64::url_unpadded);
  for (const char* algorithm : {"none", "None", "HS256", "RS256", "ES256", "", "eddsa"}) {
    expect_invalid(signed_by(key_, header(algorithm), payload_), algorithm);
    expect_invalid(base64_encode(header(algorithm), Base64::url_unpadded) + "." + body + ".",
                   "without a signature");
  }
  // The public key is no secret: as a secret of HMAC it proves nothing.
  const std::string text = base64_encode(header("HS256"), Base64::url_unpadded) + "." + body;
  unsigned char mac[32];
  unsigned length = sizeof mac;
  HMAC(EVP_sha256(), key_.public_key.data(), static_cast<int>(key_.public_key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &length);
  expect_invalid(
      text + "." + base64_encode({reinterpret_cast<char*>(mac), length}, Base64::url_unpadded),
      "HMAC with the public key");
}

TEST_F(AccessTokenTest, IsForUsAlone) {
  expect_invalid(sign_access_token(key_, claims_, "another-api"), "another audience");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string payload = payload_;
    const std::size_t at = payload.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return signed_by(key_, header(), payload.replace(at, from.size(), to));
  };
  expect_invalid(with(R"("iss":"sluice")", R"("iss":"else")"), "another issuer");
  expect_invalid(with(R"("aud":"sluice-api")", R"("aud":["sluice-api","b"])"), "two audiences");
  expect_invalid(with(R"("exp":)", R"("exq":)"), "no end");
  expect_invalid(with(R"("exp":1)", R"("exp":"1)"), "broken JSON");
  expect_invalid(with(R"("exp":)", R"("exp":99999999999999999)"), "an end that is none");
  expect_invalid(with(claims_.session_id, "' OR 1=1 --"), "no session");
  expect_invalid(signed_by(key_, header("EdDSA", R"(,"crit":["x"])"), payload_), "crit");
  std::string typed = header();
  typed.replace(typed.find("at+jwt"), 6, "JWT");
  expect_invalid(signed_by(key_, typed, payload_), "another type of token");
}

TEST_F(AccessTokenTest, EveryFlippedSignBreaksIt) {
  std::size_t tried = 0;
  for (std::size_t i = 0; i < token_.size(); ++i) {
    std::string flipped = token_;
    flipped[i] = flipped[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verified(flipped)) << i;
    ++tried;
  }
  EXPECT_GT(tried, 400U);
}

TEST_F(AccessTokenTest, WhatIsMalformedIsNone) {
  const std::string deep(2'000, '[');
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."), token_ + ".x",
        token_ + "=", token_.substr(0, token_.size() - 1), token_ + "A", "eyJ." + token_,
        std::string(bearer_bytes_max + 1, 'a'), signed_by(key_, "[]", payload_),
        signed_by(key_, deep, payload_), signed_by(key_, header(), deep),
        signed_by(key_, header(), "null"), std::string("eyJhbGciOiJub25lIn0.e30.")}) {
    expect_invalid(text, text.substr(0, 80).c_str());
  }
  EXPECT_FALSE(looks_like_jwt("slc_abc"));
  EXPECT_FALSE(looks_like_jwt("eyJ.x"));
}

TEST(SigningKeys, AreSealedWithTheSecretOfTheInstall) {
  const SigningKey key = make_signing_key();
  const KeySealer sealer = KeySealer::create(std::string(32, 's')).value();
  const std::string sealed = sealer.seal(key);
  EXPECT_NE(sealed, sealer.seal(key)) << "a nonce of its own";
  const SigningKey opened = sealer.open(key.id, sealed).value();
  EXPECT_EQ(opened.private_key, key.private_key);
  EXPECT_EQ(opened.public_key, key.public_key);
  const KeySealer other = KeySealer::create(std::string(32, 't')).value();
  EXPECT_EQ(other.open(key.id, sealed).error().code, "signing_key_sealed");
  EXPECT_EQ(sealer.open(new_uuid_v7(), sealed).error().code, "signing_key_sealed");
  for (const char* broken : {"", "AAAA", "not base64!"}) {
    EXPECT_FALSE(sealer.open(key.id, broken)) << broken;
  }
  std::string flipped = sealed;
  flipped[40] = flipped[40] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(sealer.open(key.id, flipped));
  EXPECT_EQ(KeySealer::create("short").error().code, "secret_key_short");
}

}  // namespace
}  // namespace sluice::auth
