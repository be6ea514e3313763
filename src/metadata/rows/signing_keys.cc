// Store: the keys that sign access tokens, whose private half is sealed.
#include "metadata/rows/store_impl.h"
#include "metadata/sql/statement.h"
#include "metadata/store.h"

namespace sluice::metadata {

Result<std::vector<SigningKeyRecord>> Store::list_signing_keys() const {
  return impl_->read([&](soci::session& session) -> Result<std::vector<SigningKeyRecord>> {
    SigningKeyRecord key;
    SqlStatement select(session,
                        "SELECT key_id, public_key, sealed_private_key, created_at_us, "
                        "signs_from_us FROM signing_keys ORDER BY created_at_us DESC, key_id");
    select.out(key.id)
        .out(key.public_key)
        .out(key.sealed_private_key)
        .out(key.created_at_us)
        .out(key.signs_from_us);
    std::vector<SigningKeyRecord> keys;
    while (select.next()) keys.push_back(key);
    return keys;
  });
}

Result<bool> Store::add_signing_key(const SigningKeyRecord& key, Micros unless_made_since_us) {
  return impl_->write([&](soci::session& session) -> Result<bool> {
    // The row is the lock: of several processes that find the key too old one makes the next.
    SqlStatement(session, "UPDATE counters SET value = value + 1 WHERE name = 'signing_keys'")
        .run();
    std::int64_t fresh = 0;
    SqlStatement count(session, "SELECT count(*) FROM signing_keys WHERE created_at_us >= :since");
    count.bind(unless_made_since_us).out(fresh).next();
    if (fresh > 0) return false;
    SqlStatement(session,
                 "INSERT INTO signing_keys (key_id, public_key, sealed_private_key, "
                 "created_at_us, signs_from_us) VALUES (:id, :public, :sealed, :created, :from)")
        .bind(key.id)
        .bind(key.public_key)
        .bind(key.sealed_private_key)
        .bind(key.created_at_us)
        .bind(key.signs_from_us)
        .run();
    return true;
  });
}

Result<void> Store::remove_signing_key(std::string_view key_id) {
  return impl_->write([&](soci::session& session) -> Result<void> {
    SqlStatement(session, "DELETE FROM signing_keys WHERE key_id = :id").bind(key_id).run();
    return {};
  });
}

}  // namespace sluice::metadata
