// What is kept of the decision about a file's structure: each choice, and what came next to it.
#include "ingest/structure/structure_decision.h"

#include <algorithm>

#include "ingest/ingest_test_support.h"

namespace sluice::ingest {
namespace {

class DecisionKept : public Ingest {
 protected:
  StructureDecision read(const std::string& text, const std::string& options = "") {
    IngestRequest request = request_for(write("text", text));
    request.options = options_from_json(options).value();
    const Result<Ingested> done = ingest_file(request);
    EXPECT_TRUE(done) << to_line(done.error());
    fs::remove(folder_ / "out.parquet");
    fs::remove(folder_ / "rejects.parquet");
    if (!done) return {};
    notes_ = done->notes;
    EXPECT_TRUE(is_sound(done->decision));
    return done->decision;
  }
  static StructureChoice choice(const StructureDecision& decision, StructurePart part) {
    const auto found = std::ranges::find(decision, part, &StructureChoice::part);
    EXPECT_NE(found, decision.end());
    return found == decision.end() ? StructureChoice{} : *found;
  }
  bool is_guess_noted() const {
    return std::ranges::any_of(
        notes_, [](const std::string& note) { return note.find("guess") != std::string::npos; });
  }

  std::vector<std::string> notes_;
};

TEST_F(DecisionKept, APlainFileIsNoGuess) {
  const StructureDecision decision = read("id;name\n1;x\n2;y\n3;z\n");
  const StructureChoice delimiter = choice(decision, StructurePart::delimiter);
  EXPECT_EQ(delimiter.taken, ";");
  EXPECT_EQ(delimiter.why, "4 of the first 4 rows have 2 cells.");
  EXPECT_TRUE(delimiter.score);
  const StructureChoice header = choice(decision, StructurePart::header);
  EXPECT_EQ(header.taken, "the header in line 1");
  EXPECT_EQ(header.why,
            "Of 1 column of numbers, dates or booleans, 1 has text in the row of names.");
  EXPECT_GT(header.margin.value_or(0), 0);
  EXPECT_EQ(choice(decision, StructurePart::encoding).taken, "utf-8");
  for (const StructureChoice& each : decision) {
    EXPECT_FALSE(each.is_guess) << each.taken;
    EXPECT_FALSE(each.is_given) << each.taken;
    EXPECT_FALSE(each.settled_by.empty()) << each.taken;
  }
}

/// Of quotes too: what was compared, with the rows that each makes alike.
TEST_F(DecisionKept, QuotesNameTheirRunnerUpWhereTheTextHintsAtOne) {
  EXPECT_EQ(choice(read("a,b\n1,x\n2,y\n"), StructurePart::quotes).runner_up, "");
  const StructureChoice escaped =
      choice(read("a,b\n1,\"x \\\"y\\\", z\"\n2,y\n3,w\n"), StructurePart::quotes);
  EXPECT_EQ(escaped.taken, "\" encloses cells, within escaped by \\");
  EXPECT_EQ(escaped.runner_up, "\" encloses cells, a doubled one within stands for itself");
  EXPECT_GT(escaped.margin.value_or(0), 0);
  ASSERT_TRUE(escaped.runner_up_options);
  EXPECT_EQ(to_json(*escaped.runner_up_options), R"({"quote":"\"","escape":""})");
}

/// What the page offers as the other reading is one that the file can be read with.
TEST_F(DecisionKept, AGuessNamesTheRunnerUpAndTheOptionsThatReadIt) {
  const std::string text = "alpha,beta\nalpha,gamma\ndelta,beta\n";
  const StructureChoice guess = choice(read(text), StructurePart::header);
  ASSERT_TRUE(guess.is_guess);
  EXPECT_TRUE(is_guess_noted());
  ASSERT_FALSE(guess.runner_up.empty());
  ASSERT_TRUE(guess.runner_up_options);
  EXPECT_LT(guess.margin.value_or(9), 1);
  const StructureChoice other =
      choice(read(text, to_json(*guess.runner_up_options)), StructurePart::header);
  EXPECT_EQ(other.taken, guess.runner_up);
  EXPECT_TRUE(other.is_given);
  EXPECT_FALSE(other.is_guess);
  EXPECT_FALSE(is_guess_noted());
}

TEST_F(DecisionKept, HowLinesDivideHasARunnerUpThatCanBeRead) {
  const std::vector<std::pair<std::string, std::string>> guesses = {
      {"id||amount\n1||1.50\n2||2.50\n", "|"},
      {"a,,b\n1,,2\n3,,4\n", ",,"},
      {"NAME      STATUS   AGE\nalpha     Active   12\nbeta      Closed   7\n", "one column"}};
  for (const auto& [text, runner_up] : guesses) {
    const StructureChoice guess = choice(read(text), StructurePart::delimiter);
    EXPECT_TRUE(guess.is_guess) << text;
    EXPECT_TRUE(is_guess_noted());
    EXPECT_EQ(guess.runner_up, runner_up);
    ASSERT_TRUE(guess.runner_up_options) << text;
    const StructureChoice other =
        choice(read(text, to_json(*guess.runner_up_options)), StructurePart::delimiter);
    EXPECT_TRUE(other.is_given);
    EXPECT_NE(other.taken, guess.taken);
  }
}

TEST_F(DecisionKept, RecordsWithinAnObjectAndTheObject) {
  for (const auto& [text, taken, runner_up] :
       {std::tuple(R"({"count": 2, "data": {"items": [{"a": 1}, {"a": 2}]}})", "data.items",
                   "the outermost object, one row"),
        std::tuple(R"({"id": 7, "who": "Ann", "items": [{"a": 1}, {"a": 2}]})",
                   "the outermost object, one row", "items")}) {
    const StructureChoice path = choice(read(text), StructurePart::records_path);
    EXPECT_TRUE(path.is_guess);
    EXPECT_EQ(path.taken, taken);
    EXPECT_EQ(path.runner_up, runner_up);
    EXPECT_GT(path.margin.value_or(0), 0);
    ASSERT_TRUE(path.runner_up_options);
    const StructureChoice given =
        choice(read(text, to_json(*path.runner_up_options)), StructurePart::records_path);
    EXPECT_EQ(given.taken, runner_up);
    EXPECT_TRUE(given.is_given);
  }
}

TEST_F(DecisionKept, AnEncodingThatFewLettersTellIsAGuess) {
  const std::string text = "id,city\n1,Plze\xF2\n2,Oslo\n";
  const StructureChoice guess = choice(read(text), StructurePart::encoding);
  ASSERT_TRUE(guess.is_guess);
  EXPECT_TRUE(is_guess_noted());
  EXPECT_EQ(guess.runner_up, "windows-1250");
  ASSERT_TRUE(guess.runner_up_options);
  const StructureChoice given =
      choice(read(text, to_json(*guess.runner_up_options)), StructurePart::encoding);
  EXPECT_EQ(given.taken, "windows-1250");
  EXPECT_TRUE(given.is_given);
  EXPECT_FALSE(is_guess_noted());
}

TEST_F(DecisionKept, WhatTheSenderSaysIsGiven) {
  const StructureDecision decision =
      read("a;b\n1;2\n", R"({"delimiter": ";", "header": true, "encoding": "utf-8"})");
  for (const StructurePart part :
       {StructurePart::delimiter, StructurePart::header, StructurePart::encoding}) {
    EXPECT_TRUE(choice(decision, part).is_given);
    EXPECT_FALSE(choice(decision, part).is_guess);
  }
}

TEST(StructureDecision, TextsOfTheFileAreBounded) {
  StructureChoice choice;
  choice.taken = "a\xff\nb";
  choice.why = std::string(structure_text_bytes_max - 1, 'x') + "ééé";
  choice.runner_up_options.emplace().delimiter = "\n";
  EXPECT_FALSE(is_sound({choice}));
  const StructureChoice made = bounded(choice);
  EXPECT_TRUE(is_sound({made}));
  EXPECT_EQ(made.taken, "a??b");
  EXPECT_LE(made.why.size(), structure_text_bytes_max);
  EXPECT_FALSE(made.runner_up_options) << "options that nobody can give are none";
}

}  // namespace
}  // namespace sluice::ingest
