#include "metadata/store.h"

#include "metadata/rows/store_impl.h"
#include "metadata/sql/migrate.h"
#include "metadata/sql/statement.h"

namespace sluice::metadata {

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(std::string_view url, const Clock& clock,
                                           const StoreOptions& options) {
  TRY_ASSIGN(std::unique_ptr<Sessions> sessions, Sessions::open(url, options));
  return open_over(std::move(sessions), clock, options);
}

Result<std::unique_ptr<Store>> Store::open_over(std::unique_ptr<Sessions> sessions,
                                                const Clock& clock, const StoreOptions& options) {
  const std::string reserve = sessions->engine().file() + "-reserve";
  auto impl = std::make_unique<Impl>(clock, std::move(sessions), reserve, options.reserve_bytes);
  TRY(impl->making_room([&] {
    return impl->read([&](soci::session& session) {
      return migrate(impl->engine(), session, clock, options.refuse_new);
    });
  }));
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<void> Store::restock_reserve() { return impl_->reserve.restock(); }

Result<void> Store::ping() const {
  return impl_->read([](soci::session& session) -> Result<void> {
    std::int64_t one = 0;
    SqlStatement select(session, "SELECT COUNT(*) FROM schema_migrations");
    select.out(one).next();
    return {};
  });
}

}  // namespace sluice::metadata
