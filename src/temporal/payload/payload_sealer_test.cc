// What is sealed, opened and refused. Pure. Sealed histories lie on servers: what opens today
// must open tomorrow.
#include "temporal/payload/payload_sealer.h"

#include <gtest/gtest.h>

namespace sluice::temporal {
namespace {

const Payload secret_payload{.metadata = {{"encoding", "json/plain"}},
                             .data = R"({"a": "findme"})"};

std::shared_ptr<PayloadSealer> sealer(const std::string& keys) {
  return std::make_shared<PayloadSealer>(parse_payload_keys(keys).value());
}

/// What `opener` makes of it: the text, or nothing where it was not sealed for it.
std::optional<std::string> opened(const PayloadSealer& opener, const Payload& payload,
                                  const std::string& workflow_id) {
  const Payload out = opener.decode(payload, workflow_id).value();
  EXPECT_EQ(out.metadata.at("encoding"), "json/plain");
  if (unsealed_text(out.data)) return std::nullopt;
  return out.data;
}

TEST(PayloadSealer, OpensWhatItSealedAndHidesItsContent) {
  const auto ours = sealer(make_payload_key());
  const Payload sealed = ours->encode(secret_payload, "w1");
  EXPECT_EQ(sealed.metadata.at("encoding"), "binary/encrypted");
  EXPECT_EQ(sealed.data.find("findme"), std::string::npos);
  EXPECT_NE(sealed.data, ours->encode(secret_payload, "w1").data) << "a nonce of its own";
  EXPECT_EQ(opened(*ours, sealed, "w1"), secret_payload.data);
  EXPECT_EQ(opened(*ours, sealed, ""), secret_payload.data) << "as the operator reads it";
}

TEST(PayloadSealer, TakesNothingThatItDidNotSealForThisWorkflow) {
  const std::string key = make_payload_key();
  const auto ours = sealer(key);
  const Payload sealed = ours->encode(secret_payload, "w1");
  EXPECT_EQ(opened(*ours, sealed, "w2"), std::nullopt) << "another workflow's";
  EXPECT_EQ(opened(*ours, secret_payload, "w1"), std::nullopt) << "not sealed";
  EXPECT_EQ(unsealed_text(ours->decode(secret_payload, "w1")->data), secret_payload.data);
  EXPECT_EQ(opened(*ours, Payload{}, "w1"), std::nullopt);
  const std::string same_id = key.substr(0, key.find(':')) + make_payload_key().substr(8);
  for (const std::string& foreign : {make_payload_key(), same_id}) {
    EXPECT_EQ(opened(*ours, sealer(foreign)->encode(secret_payload, "w1"), "w1"), std::nullopt);
  }
  Payload renamed = sealed;
  renamed.metadata["workflow-id"] = "w2";
  EXPECT_EQ(opened(*ours, renamed, "w2"), std::nullopt);
  for (std::size_t i = 0; i < sealed.data.size(); ++i) {
    Payload bent = sealed;
    bent.data[i] = static_cast<char>(bent.data[i] ^ 1);
    EXPECT_EQ(opened(*ours, bent, "w1"), std::nullopt) << i;
    bent.data.resize(i);
    EXPECT_EQ(opened(*ours, bent, "w1"), std::nullopt) << i;
  }
}

TEST(PayloadSealer, AnOldKeyOpensAndTheFirstSeals) {
  const std::string old_key = make_payload_key();
  const std::string new_key = make_payload_key();
  const auto before = sealer(old_key);
  const auto after = sealer(new_key + ",\n " + old_key + "\n");
  EXPECT_EQ(opened(*after, before->encode(secret_payload, "w"), "w"), secret_payload.data);
  const Payload sealed = after->encode(secret_payload, "w");
  EXPECT_EQ(sealed.metadata.at("encryption-key-id"), new_key.substr(0, new_key.find(':')));
  EXPECT_EQ(opened(*before, sealed, "w"), std::nullopt);
}

TEST(PayloadSealer, KeysThatAreNoneAreRefusedWithoutRepeatingThem) {
  const std::string good = make_payload_key();
  for (const std::string& bad : {std::string(), std::string("abc"), std::string("id:"), good + "x",
                                 good.substr(0, good.size() - 4), good + "," + good,
                                 ":" + good.substr(9), "a b" + good.substr(8)}) {
    const auto parsed = parse_payload_keys(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, "bad_payload_keys");
    EXPECT_EQ(to_line(parsed.error()).find(good.substr(9, 20)), std::string::npos);
  }
}

}  // namespace
}  // namespace sluice::temporal
