#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

// How a C++ type stands in JSON. A struct says it once, by a function in its own namespace:
//
//     struct Landed { std::string file_name; std::int64_t file_bytes = 0; };
//     constexpr auto wire_fields(const Landed*) {
//       return std::tuple(wire::field("file_name", &Landed::file_name, "Name of the Parquet
//       file."),
//                         wire::field("file_bytes", &Landed::file_bytes, "Size of it."));
//     }
//
// Writer, reader and JSON Schema (json.h, schema.h) all follow from that, so that they cannot
// disagree. Boost.Describe is not enough for it: a schema wants a description of each member, and
// whether it may be left out.

namespace sluice::wire {

/// One member of an object.
template <typename Struct, typename Member>
struct Field {
  const char* name;
  Member Struct::*member;
  const char* description;  ///< One sentence for the schema's reader.
  bool is_required;
};

/// Always written, and must be there when read.
template <typename Struct, typename Member>
constexpr Field<Struct, Member> field(const char* name, Member Struct::*member,
                                      const char* description) {
  return {name, member, description, true};
}

/// May be absent or null when read, which leaves the member as it is in a new struct. Written
/// always, except for an empty std::optional.
template <typename Struct, typename Member>
constexpr Field<Struct, Member> optional_field(const char* name, Member Struct::*member,
                                               const char* description) {
  return {name, member, description, false};
}

/// A struct whose own fields stand beside those of the outer one. A std::optional is empty where
/// none of them is there.
template <typename Struct, typename Member>
struct Embedded {
  Member Struct::*member;
};

template <typename Struct, typename Member>
constexpr Embedded<Struct, Member> embedded(Member Struct::*member) {
  return {member};
}

/// What is wrong with a value that was read: `columns[3].name`, `is missing`.
struct Mismatch {
  std::string place;  ///< Empty: the value itself.
  std::string what;
};

/// `name` in front of the mismatch's place.
Mismatch inside(const std::string& name, Mismatch mismatch);
/// `columns[3].name is missing.`
std::string sentence_of(const Mismatch& mismatch);

/// A struct with wire_fields.
template <typename T>
concept Described = requires(const T* value) {
  wire_fields(value);
};

/// An enum with wire_names: a std::array of pairs of enumerator and text.
template <typename T>
concept Named = std::is_enum_v<T> && requires(const T* value) {
  wire_names(value);
};

/// `write` makes JSON, `read` takes it or says what is wrong, `schema` is its JSON Schema. A type
/// that is none of those below has a Form of its own.
template <typename T>
struct Form;

template <>
struct Form<std::string> {
  static boost::json::value write(const std::string& text) { return boost::json::string(text); }
  static std::optional<Mismatch> read(const boost::json::value& value, std::string& text);
  static boost::json::object schema() { return {{"type", "string"}}; }
};

template <>
struct Form<bool> {
  static boost::json::value write(bool flag) { return flag; }
  static std::optional<Mismatch> read(const boost::json::value& value, bool& flag);
  static boost::json::object schema() { return {{"type", "boolean"}}; }
};

/// `1.0` is read as 1, as JSON Schema has it.
template <>
struct Form<std::int64_t> {
  static boost::json::value write(std::int64_t number) { return number; }
  static std::optional<Mismatch> read(const boost::json::value& value, std::int64_t& number);
  static boost::json::object schema() { return {{"type", "integer"}}; }
};

/// For what is no count: an estimate, a share.
template <>
struct Form<double> {
  static boost::json::value write(double number) { return number; }
  static std::optional<Mismatch> read(const boost::json::value& value, double& number);
  static boost::json::object schema() { return {{"type", "number"}}; }
};

template <typename T>
struct Form<std::vector<T>> {
  static boost::json::value write(const std::vector<T>& list) {
    boost::json::array array;
    array.reserve(list.size());
    for (const T& item : list) array.push_back(Form<T>::write(item));
    return array;
  }
  static std::optional<Mismatch> read(const boost::json::value& value, std::vector<T>& list) {
    const boost::json::array* array = value.if_array();
    if (array == nullptr) return Mismatch{"", "must be an array"};
    list.clear();
    list.reserve(array->size());
    for (const boost::json::value& item : *array) {
      std::optional<Mismatch> wrong = Form<T>::read(item, list.emplace_back());
      if (wrong) return inside("[" + std::to_string(list.size() - 1) + "]", std::move(*wrong));
    }
    return std::nullopt;
  }
  static boost::json::object schema() { return {{"type", "array"}, {"items", Form<T>::schema()}}; }
};

template <typename T>
struct Form<std::optional<T>> {
  static boost::json::value write(const std::optional<T>& some) {
    return some ? Form<T>::write(*some) : boost::json::value(nullptr);
  }
  static std::optional<Mismatch> read(const boost::json::value& value, std::optional<T>& some) {
    if (!value.is_null()) return Form<T>::read(value, some.emplace());
    some.reset();
    return std::nullopt;
  }
  static boost::json::object schema() { return Form<T>::schema(); }
};

template <Named T>
struct Form<T> {
  static constexpr auto names = wire_names(static_cast<const T*>(nullptr));
  static boost::json::value write(T value) {
    for (const auto& [known, name] : names) {
      if (known == value) return boost::json::string(name);
    }
    return nullptr;
  }
  static std::optional<Mismatch> read(const boost::json::value& value, T& out) {
    const boost::json::string* text = value.if_string();
    for (const auto& [known, name] : names) {
      if (text == nullptr || *text != name) continue;
      out = known;
      return std::nullopt;
    }
    return Mismatch{"", "is none of the known words"};
  }
  static boost::json::object schema() {
    boost::json::array words;
    for (const auto& [known, name] : names) words.emplace_back(name);
    return {{"type", "string"}, {"enum", std::move(words)}};
  }
};

/// The form of a struct by its fields, also of one that has a Form of its own where it is part of
/// something else.
template <Described T>
struct ObjectForm {
  using Object = boost::json::object;

  static boost::json::value write(const T& value) {
    Object object;
    write_into(value, object);
    return object;
  }
  static void write_into(const T& value, Object& object) {
    each([&](const auto& field) { write_one(field, value, object); });
  }

  static std::optional<Mismatch> read(const boost::json::value& value, T& out) {
    const Object* object = value.if_object();
    if (object == nullptr) return Mismatch{"", "must be an object"};
    return read_from(*object, out);
  }
  static std::optional<Mismatch> read_from(const Object& object, T& out) {
    std::optional<Mismatch> wrong;
    each([&](const auto& field) {
      if (!wrong) wrong = read_one(field, object, out);
    });
    return wrong;
  }

  /// Open: unknown members are read over, for a newer version may have more.
  static Object schema() {
    Object properties;
    boost::json::array required;
    describe(properties, required);
    return {{"type", "object"},
            {"required", std::move(required)},
            {"properties", std::move(properties)}};
  }
  static void describe(Object& properties, boost::json::array& required) {
    each([&](const auto& field) { describe_one(field, properties, required); });
  }
  /// Any of its fields is there.
  static bool is_in(const Object& object) {
    bool found = false;
    each([&](const auto& field) { found = found || is_one_in(field, object); });
    return found;
  }

 private:
  template <typename Function>
  static void each(const Function& function) {
    std::apply([&](const auto&... fields) { (function(fields), ...); },
               wire_fields(static_cast<const T*>(nullptr)));
  }

  template <typename S, typename M>
  static void write_one(const Field<S, M>& field, const T& value, Object& object) {
    boost::json::value made = Form<M>::write(value.*field.member);
    if (field.is_required || !made.is_null()) object[field.name] = std::move(made);
  }
  template <typename S, typename M>
  static void write_one(const Embedded<S, M>& inner, const T& value, Object& object) {
    ObjectForm<M>::write_into(value.*inner.member, object);
  }
  template <typename S, typename M>
  static void write_one(const Embedded<S, std::optional<M>>& inner, const T& value,
                        Object& object) {
    if (value.*inner.member) ObjectForm<M>::write_into(*(value.*inner.member), object);
  }

  template <typename S, typename M>
  static std::optional<Mismatch> read_one(const Field<S, M>& field, const Object& object, T& out) {
    const boost::json::value* value = object.if_contains(field.name);
    if (!field.is_required && (value == nullptr || value->is_null())) return std::nullopt;
    if (value == nullptr) return Mismatch{field.name, "is missing"};
    std::optional<Mismatch> wrong = Form<M>::read(*value, out.*field.member);
    if (wrong) return inside(field.name, std::move(*wrong));
    return std::nullopt;
  }
  template <typename S, typename M>
  static std::optional<Mismatch> read_one(const Embedded<S, M>& inner, const Object& object,
                                          T& out) {
    return ObjectForm<M>::read_from(object, out.*inner.member);
  }
  template <typename S, typename M>
  static std::optional<Mismatch> read_one(const Embedded<S, std::optional<M>>& inner,
                                          const Object& object, T& out) {
    (out.*inner.member).reset();
    if (!ObjectForm<M>::is_in(object)) return std::nullopt;
    return ObjectForm<M>::read_from(object, (out.*inner.member).emplace());
  }

  template <typename S, typename M>
  static bool is_one_in(const Field<S, M>& field, const Object& object) {
    return object.contains(field.name);
  }
  template <typename S, typename M>
  static bool is_one_in(const Embedded<S, M>&, const Object& object) {
    return ObjectForm<M>::is_in(object);
  }
  template <typename S, typename M>
  static bool is_one_in(const Embedded<S, std::optional<M>>&, const Object& object) {
    return ObjectForm<M>::is_in(object);
  }

  template <typename S, typename M>
  static void describe_one(const Field<S, M>& field, Object& properties,
                           boost::json::array& required) {
    Object schema = Form<M>::schema();
    schema["description"] = field.description;
    properties[field.name] = std::move(schema);
    if (field.is_required) required.emplace_back(field.name);
  }
  template <typename S, typename M>
  static void describe_one(const Embedded<S, M>&, Object& properties,
                           boost::json::array& required) {
    ObjectForm<M>::describe(properties, required);
  }
  template <typename S, typename M>
  static void describe_one(const Embedded<S, std::optional<M>>&, Object& properties,
                           boost::json::array&) {
    boost::json::array none_required;
    ObjectForm<M>::describe(properties, none_required);
  }
};

template <Described T>
struct Form<T> : ObjectForm<T> {};

}  // namespace sluice::wire
