#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "lakehouse/lakehouse.h"

namespace sluice::lakehouse::testing {

/// A lakehouse of one kind, and what the suite needs beside the port to judge it.
class LakehouseUnderTest {
 public:
  virtual ~LakehouseUnderTest() = default;

  /// As another process has it: nothing is remembered but what is stored.
  virtual std::unique_ptr<Lakehouse> open() = 0;
  /// The rows of a table as somebody counts them who does not ask the port; none: no table.
  virtual std::optional<std::int64_t> count(const TenantId& tenant, Layer layer,
                                            const std::string& table_name) = 0;
  /// Makes a table of one row that was not made by Sluice.
  virtual void make_foreign(const TenantId& tenant, Layer layer, const std::string& table_name) = 0;
  /// Takes a table away behind the lakehouse's back.
  virtual void take_away(const TenantId& tenant, Layer layer, const std::string& table_name) = 0;
};

/// What the suite is run for.
struct Contender {
  std::string name;  ///< Letters and digits.
  std::function<std::unique_ptr<LakehouseUnderTest>()> make;
};

inline std::ostream& operator<<(std::ostream& out, const Contender& made) {
  return out << made.name;
}

/// Defined by the program that the suite (lakehouse_contract*.cc) is linked into: what holds for
/// every implementation of the port (lakehouse.h) must hold for each of these. Each test has a
/// dataset and a table name of its own, so that a workspace may be shared.
std::vector<Contender> contenders();

}  // namespace sluice::lakehouse::testing
