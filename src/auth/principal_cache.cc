#include "auth/principal_cache.h"

#include <algorithm>

namespace sluice::auth {

std::size_t PrincipalCache::shard_of(std::string_view sha256) {
  // The last byte: the map's own hash takes all of them.
  return sha256.empty() ? 0 : static_cast<unsigned char>(sha256.back()) % shards_count;
}

std::optional<Principal> PrincipalCache::find(std::string_view sha256, Micros now_us) const {
  const Shard& shard = shards_[shard_of(sha256)];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(sha256);
  if (found == shard.entries.end() || found->second.until_us <= now_us) return std::nullopt;
  return found->second.principal;
}

void PrincipalCache::keep(std::string_view sha256, const Principal& principal,
                          std::uint64_t generation, Micros now_us, Micros valid_until_us) {
  Shard& shard = shards_[shard_of(sha256)];
  const std::lock_guard lock(shard.mutex);
  // Within the lock: clear() counts on before it empties the shard.
  if (generation != generation_.load(std::memory_order_acquire)) return;
  if (shard.entries.size() >= entries_max / shards_count) {
    std::erase_if(shard.entries,
                  [now_us](const auto& entry) { return entry.second.until_us <= now_us; });
    if (shard.entries.size() >= entries_max / shards_count) shard.entries.clear();
  }
  shard.entries.insert_or_assign(std::string(sha256),
                                 Entry{principal, std::min(now_us + lifetime_us, valid_until_us)});
}

void PrincipalCache::clear() {
  generation_.fetch_add(1, std::memory_order_acq_rel);
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    shard.entries.clear();
  }
}

}  // namespace sluice::auth
