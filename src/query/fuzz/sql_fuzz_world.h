#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "query/fuzz/sql_grammar.h"
#include "query/request.h"

namespace sluice::query {

/// The engine's functions, the names of FuzzWorld's tables, and the statements of `testdata`, a
/// folder with legit.txt and escapes.txt. `folder`: whose files are named as paths.
Result<SqlVocabulary> fuzz_vocabulary(const std::filesystem::path& testdata,
                                      const std::filesystem::path& folder);

/// A folder with the tables of two owners and secrets of nobody's. Both owners' tables have the
/// same names; a token stands in each row and each secret, so that an answer with another's shows.
/// All users may read and write the folder: nothing but the sandbox keeps the workers out. It is
/// removed at the end.
class FuzzWorld {
 public:
  static constexpr std::size_t owners = 2;

  /// In `folder`, which must not exist yet.
  static Result<std::unique_ptr<FuzzWorld>> make(std::filesystem::path folder);
  ~FuzzWorld();
  FuzzWorld(const FuzzWorld&) = delete;
  FuzzWorld& operator=(const FuzzWorld&) = delete;

  /// The owner's tables; without SQL.
  const QueryRequest& request(std::size_t owner) const { return requests_.at(owner); }
  const std::string& token(std::size_t owner) const { return tokens_.at(owner); }
  /// What of another's stands in `shown`, which answers `sql` of this owner.
  std::optional<std::string> leak(std::size_t owner, std::string_view sql,
                                  std::string_view shown) const;
  /// Files that are new, gone or other than at the beginning.
  std::vector<std::string> changes() const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  explicit FuzzWorld(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<void> fill();
  std::map<std::string, std::string> contents() const;

  std::filesystem::path folder_;
  std::vector<std::string> tokens_;  ///< Of the owners, then of the secrets.
  std::vector<QueryRequest> requests_;
  std::map<std::string, std::string> contents_;  ///< By the file's path.
};

}  // namespace sluice::query
