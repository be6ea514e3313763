// Forms there and back, and the schema that follows. Pure. Texts stand in databases and
// histories: those here must stay byte for byte.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "wire/dataset_forms.h"
#include "wire/json.h"
#include "wire/schema.h"

namespace sluice::wire_test {

enum class Mood { calm, stormy };
constexpr auto wire_names(const Mood*) {
  return std::array<std::pair<Mood, const char*>, 2>{
      {{Mood::calm, "calm"}, {Mood::stormy, "stormy"}}};
}

struct Place {
  std::string name;
  std::int64_t depth_m = 0;
};
constexpr auto wire_fields(const Place*) {
  return std::tuple(wire::field("name", &Place::name, "Its name."),
                    wire::optional_field("depth_m", &Place::depth_m, "Of the water."));
}

struct Voyage {
  Place from;
  std::vector<Place> stops;
  std::optional<Place> refuge;
  Mood mood = Mood::calm;
  bool is_over = false;
};
constexpr auto wire_fields(const Voyage*) {
  return std::tuple(wire::embedded(&Voyage::from),
                    wire::field("stops", &Voyage::stops, "On the way."),
                    wire::optional_field("refuge", &Voyage::refuge, "If any."),
                    wire::field("mood", &Voyage::mood, "Of the sea."),
                    wire::optional_field("is_over", &Voyage::is_over, "Home again."));
}

/// Where a ship is, if anybody knows.
struct Sighting {
  std::optional<Voyage> voyage;
  std::string at;
};
constexpr auto wire_fields(const Sighting*) {
  return std::tuple(wire::embedded(&Sighting::voyage), wire::field("at", &Sighting::at, "When."));
}

/// Within another value it is its JSON as a text.
struct Note {
  Place place;
};
constexpr auto wire_fields(const Note*) { return std::tuple(wire::embedded(&Note::place)); }

struct Log {
  Note first;
  std::vector<Note> others;
};
constexpr auto wire_fields(const Log*) {
  return std::tuple(wire::field("first", &Log::first, "Of the day."),
                    wire::field("others", &Log::others, "After it."));
}

}  // namespace sluice::wire_test

template <>
struct sluice::wire::Form<sluice::wire_test::Note> {
  using Note = wire_test::Note;
  static boost::json::value write(const Note& note) {
    return boost::json::string(boost::json::serialize(ObjectForm<Note>::write(note)));
  }
  static std::optional<Mismatch> read(const boost::json::value& value, Note& note) {
    return ObjectForm<Note>::read(boost::json::parse(value.get_string()), note);
  }
  static boost::json::object schema() { return Form<std::string>::schema(); }
};

namespace sluice::wire_test {
namespace {

namespace json = boost::json;

Voyage voyage() {
  return {{"Genua", 12}, {{"Elba", 3}, {"Ostia", 0}}, Place{"Capri", 40}, Mood::stormy, true};
}

/// What from_json says of a text; empty where it takes it.
template <typename T>
std::string refused(const char* text) {
  const Result<T> read = wire::from_json<T>(json::parse(text));
  return read ? "" : read.error().detail;
}

TEST(Wire, MembersStandInTheOrderOfTheFieldsAndEmbeddedOnesBesideThem) {
  EXPECT_EQ(wire::to_text(voyage()),
            R"({"name":"Genua","depth_m":12,"stops":[{"name":"Elba","depth_m":3},)"
            R"({"name":"Ostia","depth_m":0}],"refuge":{"name":"Capri","depth_m":40},)"
            R"("mood":"stormy","is_over":true})");
  Voyage bare;
  bare.from.name = "x";
  EXPECT_EQ(wire::to_text(bare),
            R"({"name":"x","depth_m":0,"stops":[],"mood":"calm","is_over":false})");
}

TEST(Wire, AnEstimateIsANumberOfAnyKind) {
  EXPECT_EQ(wire::from_json<double>(json::parse("0.5")).value(), 0.5);
  EXPECT_EQ(wire::from_json<double>(json::parse("3")).value(), 3.0);
  EXPECT_EQ(refused<double>(R"("3")"), "The value must be a number.");
  EXPECT_EQ(wire::from_json<double>(wire::to_json(0.25)).value(), 0.25);
}

TEST(Wire, WhatIsWrittenIsRead) {
  const Voyage back = wire::from_json<Voyage>(wire::to_json(voyage())).value();
  EXPECT_EQ(wire::to_text(back), wire::to_text(voyage()));
  EXPECT_EQ(back.refuge->depth_m, 40);
  EXPECT_EQ(back.mood, Mood::stormy);
}

TEST(Wire, WhatMayBeLeftOutMayBeNullAndWhatIsUnknownIsReadOver) {
  const Voyage read =
      wire::from_json<Voyage>(
          json::parse(R"({"name":"x","stops":[{"name":"y","depth_m":null,"new":1}],)"
                      R"("mood":"calm","refuge":null,"crew":["a"]})"))
          .value();
  EXPECT_FALSE(read.refuge);
  EXPECT_FALSE(read.is_over);
  EXPECT_EQ(read.stops.at(0).depth_m, 0);
}

TEST(Wire, AMismatchSaysWhereAndWhat) {
  EXPECT_EQ(refused<Voyage>("[]"), "The value must be an object.");
  EXPECT_EQ(refused<Voyage>("{}"), "name is missing.");
  EXPECT_EQ(refused<Voyage>(R"({"name":"x","stops":[{"name":"y"},{}],"mood":"calm"})"),
            "stops[1].name is missing.");
  EXPECT_EQ(refused<Voyage>(R"({"name":"x","stops":{},"mood":"calm"})"), "stops must be an array.");
  EXPECT_EQ(refused<Voyage>(R"({"name":"x","stops":[],"mood":"odd"})"),
            "mood is none of the known words.");
  EXPECT_EQ(refused<Voyage>(R"({"name":"x","stops":[],"mood":"calm","refuge":{"name":7}})"),
            "refuge.name must be a string.");
  EXPECT_EQ(refused<Voyage>(R"({"name":"x","stops":[],"mood":"calm","is_over":1})"),
            "is_over must be true or false.");
  EXPECT_EQ(refused<std::vector<std::int64_t>>("[1,2.5]"), "[1] must be an integer of 64 bits.");
  EXPECT_EQ(wire::from_json<Voyage>(json::value()).error().code, "json_mismatch");
}

TEST(Wire, AnEmbeddedStructMayBeAbsentAsAWholeOnly) {
  const Sighting none{std::nullopt, "noon"};
  EXPECT_EQ(wire::to_text(none), R"({"at":"noon"})");
  EXPECT_FALSE(wire::from_json<Sighting>(wire::to_json(none))->voyage);
  const Sighting some{voyage(), "noon"};
  const auto back = wire::from_json<Sighting>(wire::to_json(some)).value();
  ASSERT_TRUE(back.voyage);
  EXPECT_EQ(wire::to_text(back), wire::to_text(some));
  EXPECT_EQ(refused<Sighting>(R"({"at":"noon","depth_m":3})"), "name is missing.");
  const json::object schema = wire::schema_of<Sighting>();
  EXPECT_EQ(json::serialize(schema.at("required")), R"(["at"])");
  EXPECT_TRUE(schema.at("properties").as_object().contains("mood"));
}

TEST(Wire, AStructMayHaveAFormOfItsOwnWhereItIsPartOfSomethingElse) {
  const Log log{{{"Genua", 12}}, {{{"Elba", 3}}}};
  EXPECT_EQ(wire::to_text(log), R"({"first":"{\"name\":\"Genua\",\"depth_m\":12}",)"
                                R"("others":["{\"name\":\"Elba\",\"depth_m\":3}"]})");
  EXPECT_EQ(wire::to_text(wire::from_json<Log>(wire::to_json(log)).value()), wire::to_text(log));
  EXPECT_EQ(refused<Log>(R"({"first":"{\"name\":1}","others":[]})"),
            "first.name must be a string.");
}

TEST(Wire, AnObjectIsReadAsAValueIs) {
  const json::object object = wire::to_object(voyage());
  EXPECT_EQ(wire::to_text(wire::from_object<Voyage>(object).value()), wire::to_text(voyage()));
  EXPECT_EQ(wire::from_object<Voyage>({}).error().detail, "name is missing.");
}

TEST(Wire, AnIntegerMayBeWrittenAsADoubleAndIsNeverRounded) {
  EXPECT_EQ(wire::from_json<std::int64_t>(json::parse("1.0")).value(), 1);
  EXPECT_EQ(wire::from_json<std::int64_t>(json::parse("9223372036854775807")).value(), INT64_MAX);
  for (const char* text : {"1.5", "1e17", "9223372036854775808", "\"1\"", "null", "true"}) {
    EXPECT_FALSE(wire::from_json<std::int64_t>(json::parse(text))) << text;
  }
}

TEST(Wire, TheSchemaNamesTypesDescriptionsAndWhatMustBeThere) {
  EXPECT_EQ(json::serialize(wire::schema_of<Place>()),
            R"({"type":"object","required":["name"],"properties":{)"
            R"("name":{"type":"string","description":"Its name."},)"
            R"("depth_m":{"type":"integer","description":"Of the water."}}})");
  const json::object schema = wire::closed_schema_of<Voyage>();
  EXPECT_EQ(schema.at("additionalProperties"), json::value(false));
  EXPECT_EQ(json::serialize(schema.at("required")), R"(["name","stops","mood"])");
  const json::object& properties = schema.at("properties").as_object();
  EXPECT_EQ(json::serialize(properties.at("mood")),
            R"({"type":"string","enum":["calm","stormy"],"description":"Of the sea."})");
  EXPECT_EQ(properties.at("stops").at("items"), json::value(wire::schema_of<Place>()));
}

/// As every version so far has written them to metadata.db.
constexpr const char* stored_columns =
    R"([{"name":"id","original":"Id","type":"BIGINT","reason":"why"},)"
    R"j({"name":"a_b","original":"a\"b\\\n\t\u0001","type":"DECIMAL(9,2)","reason":""}])j";

TEST(DatasetForms, AColumnIsWrittenAsEveryVersionWroteIt) {
  const std::vector<Column> columns = {{"id", "Id", "BIGINT", "why"},
                                       {"a_b", "a\"b\\\n\t\x01", "DECIMAL(9,2)", ""}};
  EXPECT_EQ(wire::to_text(columns), stored_columns);
  EXPECT_EQ(wire::to_text(std::vector<Column>()), "[]");
  const auto back = wire::from_stored_text<std::vector<Column>>(stored_columns).value();
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[1].original, columns[1].original);
  EXPECT_EQ(back[0].reason, "why");
}

TEST(DatasetForms, AHeaderThatIsNotUtf8IsKeptByteForByte) {
  const std::vector<Column> columns = {{"bad", "\xFF\xFE", "VARCHAR", ""}};
  const auto back = wire::from_stored_text<std::vector<Column>>(wire::to_text(columns)).value();
  EXPECT_EQ(back.at(0).original, "\xFF\xFE");
}

/// The MCP tools of versions before this one wrote columns without a reason.
TEST(DatasetForms, AColumnWithoutReasonIsRead) {
  const auto read = wire::from_json<std::vector<Column>>(
      json::parse(R"([{"name":"id","original":"ID","type":"BIGINT"}])"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at(0).reason, "");
}

TEST(DatasetForms, WhatIsNoColumnIsRefused) {
  for (const char* text : {"", "{}", "[1]", "[{}]", "[", "null",
                           R"([{"name":1,"original":"","type":"","reason":""}])"}) {
    EXPECT_FALSE(wire::from_stored_text<std::vector<Column>>(text)) << text;
  }
}

TEST(DatasetForms, ACostIsWrittenWholeAndReadInPart) {
  EXPECT_EQ(wire::to_text(SyncCost{1, 2, 3, 4}),
            R"({"statements":1,"rest_calls":2,"bytes_uploaded":3,"warehouse_ms":4})");
  EXPECT_EQ(wire::from_json<SyncCost>(json::parse(R"({"rest_calls":2})")).value(),
            (SyncCost{0, 2, 0, 0}));
  const SyncCost known{1, 2, 3, 4, 5, 0.5};
  EXPECT_EQ(wire::from_json<SyncCost>(wire::to_json(known)).value(), known);
}

}  // namespace
}  // namespace sluice::wire_test
