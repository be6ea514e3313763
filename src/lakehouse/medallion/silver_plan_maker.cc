#include "lakehouse/medallion/silver_plan_maker.h"

#include <algorithm>
#include <set>

#include "dataset/names.h"
#include "dataset/null_words.h"
#include "lakehouse/medallion/column_survey.h"
#include "lakehouse/medallion/form_survey.h"
#include "lakehouse/medallion/text_words.h"
#include "lakehouse/medallion/type_candidates.h"

namespace sluice::lakehouse::medallion {
namespace {

/// Cells that rule out most candidates of most text columns before the whole is read.
constexpr std::size_t sample_cells = 400'000;
constexpr std::size_t sample_rows_max = 2'000;
/// DuckDB's and Delta's widest DECIMAL.
constexpr std::int64_t decimal_digits_max = 38;
/// Every whole number of so many digits fits a BIGINT.
constexpr std::int64_t bigint_digits = 18;

bool is_alive(const ColumnLook& look, std::size_t candidate) {
  return (look.alive >> candidate & 1U) != 0;
}

/// BIGINT or DECIMAL by the digits seen; empty where they are too many.
std::string number_type(const ColumnLook& look) {
  if (look.scale == 0 && look.integer_digits <= bigint_digits) return "BIGINT";
  const std::int64_t precision = look.integer_digits + look.scale;
  if (precision > decimal_digits_max) return "";
  return "DECIMAL(" + std::to_string(precision) + "," + std::to_string(look.scale) + ")";
}

bool fits_both_day_and_month(const ColumnLook& look) {
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    if (*candidates()[i].rival_format == '\0' || !is_alive(look, i)) continue;
    for (std::size_t j = i + 1; j < candidates().size(); ++j) {
      if (is_alive(look, j) &&
          std::string(candidates()[j].format) == candidates()[i].rival_format) {
        return true;
      }
    }
  }
  return false;
}

/// The candidate that the most cells fit: what the column nearly is.
std::size_t nearest(const ColumnLook& look) {
  const auto most = std::max_element(look.fits.begin(), look.fits.end());
  return static_cast<std::size_t>(most - look.fits.begin());
}

void add_words(SilverColumn& column, const std::vector<std::string>& words) {
  column.null_tokens.insert(column.null_tokens.end(), words.begin(), words.end());
}

/// `"NA", "-"`.
std::string quoted(const std::vector<std::string>& words) {
  constexpr std::size_t shown_max = 5;
  std::string list;
  for (std::size_t i = 0; i < std::min(words.size(), shown_max); ++i) {
    list += (i == 0 ? "\"" : ", \"") + words[i] + "\"";
  }
  if (words.size() > shown_max)
    list += " and " + std::to_string(words.size() - shown_max) + " more";
  return list;
}

SilverColumn as_text(const ColumnLook& look) {
  SilverColumn out;
  out.transform = Transform::text;
  out.type = "VARCHAR";
  out.null_tokens = {""};
  const std::size_t near = nearest(look);
  if (look.cells == 0) {
    add_words(out, look.words_seen);
    out.reason = look.words == 0 ? "Every cell is blank." : "Every cell is blank or a null word.";
  } else if (!look.form.reason.empty()) {
    out.reason = look.form.reason;
  } else if (fits_both_day_and_month(look)) {
    out.reason = "Text: dates of which no cell tells whether day or month comes first.";
  } else if (look.alive != 0) {
    out.reason = "Text: numbers of more digits than a DECIMAL holds.";
  } else if (look.fits[near] > 0) {
    out.reason = "Text: \"" + look.misfits[near] + "\" is not " + candidates()[near].name +
                 ", which other cells are.";
    if (is_null_word(look.misfits[near])) out.reason += " null_tokens does not name it.";
  } else {
    out.reason = "Text: \"" + look.misfits[near] + "\" is neither a number nor a date.";
  }
  return out;
}

SilverColumn as_typed(const ColumnLook& look, const FormVerdict& form) {
  SilverColumn out;
  out.type = form.type;
  out.transform = form.transform;
  out.format = form.format;
  out.null_tokens = {""};
  out.reason = form.reason;
  if (look.words > 0) {
    add_words(out, look.words_seen);
    out.reason += look.words == 1 ? " 1 null word becomes NULL."
                                  : " " + std::to_string(look.words) + " null words become NULL.";
  }
  return out;
}

SilverColumn decide(const ColumnLook& look) {
  if (look.cells == 0) return as_text(look);
  if (look.form.is_typed) return as_typed(look, look.form);
  // A DOUBLE would lose digits of numbers that are whole or decimal but too long.
  const bool plain_numbers = is_alive(look, 2);
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    const Candidate& candidate = candidates()[i];
    if (!is_alive(look, i)) continue;
    if (*candidate.rival_format != '\0' && fits_both_day_and_month(look)) continue;
    if (plain_numbers && std::string(candidate.type) == "DOUBLE") continue;
    const std::string type = *candidate.type == '\0' ? number_type(look) : candidate.type;
    if (type.empty()) continue;
    return as_typed(look, {true, type, candidate.transform, candidate.format,
                           std::string("Each cell is ") + candidate.name + "."});
  }
  return as_text(look);
}

/// Where the sender says that the comma is the decimal mark, plain numbers have no point: what it
/// is then, the forms say.
void rule_out_points(ColumnLook& look) {
  const bool are_numbers = is_alive(look, 2) || is_alive(look, 3);
  if (are_numbers && look.scale > 0) look.alive = 0;
}

/// Looks which candidates fit every cell of the columns.
Result<void> rule_out_types(duckdb::Connection& connection, const std::string& relation_sql,
                            const PlanSource& source, std::vector<ColumnLook*> in_doubt) {
  TRY(rule_out_plain_text(connection, relation_sql, in_doubt));
  std::erase_if(in_doubt, [](const ColumnLook* look) { return look->alive == 0; });
  if (in_doubt.empty()) return {};
  const std::size_t rows =
      std::clamp<std::size_t>(sample_cells / in_doubt.size(), 1, sample_rows_max);
  if (source.has_at_most(rows)) return look_at(connection, relation_sql, in_doubt);
  TRY(look_at(connection, "(SELECT * FROM " + relation_sql + " LIMIT " + std::to_string(rows) + ")",
              in_doubt));
  std::erase_if(in_doubt, [](const ColumnLook* look) { return look->alive == 0; });
  return look_at(connection, relation_sql, in_doubt);
}

/// What each text column holds, and which types are still possible.
Result<std::vector<ColumnLook>> survey(duckdb::Connection& connection,
                                       const std::string& relation_sql,
                                       const std::vector<Column>& columns,
                                       const PlanSource& source) {
  const NamedNullTokens& named = source.null_tokens;
  std::vector<ColumnLook> looks(columns.size());
  std::vector<ColumnLook*> in_doubt;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].type != "VARCHAR") continue;
    looks[i].column = &columns[i];
    looks[i].null_words = i < named.size() && named[i] != nullptr ? named[i] : &null_words();
    looks[i].alive = (std::uint64_t{1} << candidates().size()) - 1;
    looks[i].fits.resize(candidates().size());
    looks[i].misfits.resize(candidates().size());
    in_doubt.push_back(&looks[i]);
  }
  if (in_doubt.empty()) return looks;
  const std::vector<ColumnLook*> texts = in_doubt;
  TRY(rule_out_types(connection, relation_sql, source, in_doubt));
  if (source.decimal_mark == ',') {
    for (ColumnLook* look : texts) rule_out_points(*look);
  }
  std::erase_if(in_doubt, [](const ColumnLook* look) { return look->alive != 0; });
  if (!in_doubt.empty()) TRY(find_forms(connection, relation_sql, source, in_doubt));
  return looks;
}

/// Which of the words that were seen in a text column are nothing there, and why.
void take_words(SilverColumn& made, const TextWords& found) {
  const bool is_named = found.named != nullptr;
  std::vector<std::string> nothing;
  std::vector<std::string> kept;
  for (const std::string& word : found.seen) {
    (is_named || found.look.stands_out(word, found.come_with_gaps.contains(word)) ? nothing : kept)
        .push_back(word);
  }
  add_words(made, nothing);
  if (!nothing.empty()) {
    made.reason += " " + quoted(nothing) + (nothing.size() == 1 ? " becomes" : " become") + " NULL";
    made.reason += is_named ? " (null_tokens)." : " as elsewhere in the file";
  }
  if (is_named || found.seen.empty()) return;
  if (!kept.empty()) {
    made.reason += (nothing.empty() ? " " : "; ") + quoted(kept) +
                   (kept.size() == 1 ? " stays" : " stay") + " text";
    const std::string like = found.look.alike(kept.front());
    if (!like.empty()) made.reason += ", as \"" + like + "\" beside it";
  }
  made.reason += ": null_tokens settles it.";
}

/// Of text columns: the words that the user named, or those that the file uses in typed columns.
Result<void> settle_words(duckdb::Connection& connection, const std::string& relation_sql,
                          const std::vector<ColumnLook>& looks, const NamedNullTokens& named,
                          std::vector<SilverColumn>& made) {
  const auto named_of = [&](std::size_t i) { return i < named.size() ? named[i] : nullptr; };
  Gaps gaps;
  std::set<std::string> words;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const bool is_typed = looks[i].column != nullptr && made[i].transform != Transform::text;
    if (!is_typed || looks[i].words == 0 || named_of(i) != nullptr) continue;
    gaps.columns.push_back(looks[i].column);
    words.insert(looks[i].words_seen.begin(), looks[i].words_seen.end());
  }
  gaps.words.assign(words.begin(), words.end());
  std::vector<TextWords> texts;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < made.size(); ++i) {
    // A column of nothing but words has them already.
    if (made[i].transform != Transform::text || made[i].null_tokens.size() != 1) continue;
    texts.push_back({looks[i].column, named_of(i)});
    places.push_back(i);
  }
  TRY(look_for_words(connection, relation_sql, gaps, texts));
  for (std::size_t k = 0; k < texts.size(); ++k) take_words(made[places[k]], texts[k]);
  return {};
}

}  // namespace

Result<Plan> make_plan(duckdb::Connection& connection, const std::string& relation_sql,
                       const std::vector<Column>& columns, const PlanSource& source) {
  TRY_ASSIGN(const std::vector<ColumnLook> looks,
             survey(connection, relation_sql, columns, source));
  std::vector<std::string> headers;
  for (const Column& column : columns) {
    headers.push_back(column.original.empty() ? column.name : column.original);
  }
  const std::vector<std::string> names = silver_column_names(headers);
  Plan plan;
  plan.duplicates_by = DuplicatesBy::bronze;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    SilverColumn made;
    if (looks[i].column != nullptr) {
      made = decide(looks[i]);
    } else {
      made.type = columns[i].type;
      made.reason = "Typed in bronze already.";
    }
    made.source = columns[i].name;
    made.name = names[i];
    plan.columns.push_back(std::move(made));
  }
  TRY(settle_words(connection, relation_sql, looks, source.null_tokens, plan.columns));
  return plan;
}

}  // namespace sluice::lakehouse::medallion
