#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json.hpp>

namespace sluice::lakehouse::databricks {

// What stands in an answer at a JSON pointer (RFC 6901); nothing of that type there is no error.

inline const boost::json::value* value_at(const boost::json::value& answer,
                                          std::string_view pointer) {
  boost::system::error_code missing;
  return answer.find_pointer({pointer.data(), pointer.size()}, missing);
}

inline std::string text_at(const boost::json::value& answer, std::string_view pointer) {
  const boost::json::value* value = value_at(answer, pointer);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->get_string());
}

inline const boost::json::array* array_at(const boost::json::value& answer,
                                          std::string_view pointer) {
  const boost::json::value* value = value_at(answer, pointer);
  return value == nullptr ? nullptr : value->if_array();
}

/// The array's items; of what is no array, none.
inline const boost::json::array& items_at(const boost::json::value& answer,
                                          std::string_view pointer) {
  static const boost::json::array none;
  const boost::json::array* array = array_at(answer, pointer);
  return array == nullptr ? none : *array;
}

inline const boost::json::object* object_at(const boost::json::value& answer,
                                            std::string_view pointer) {
  const boost::json::value* value = value_at(answer, pointer);
  return value == nullptr ? nullptr : value->if_object();
}

inline std::int64_t number_at(const boost::json::value& answer, std::string_view pointer) {
  const boost::json::value* value = value_at(answer, pointer);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

inline bool is_true_at(const boost::json::value& answer, std::string_view pointer) {
  const boost::json::value* value = value_at(answer, pointer);
  return value != nullptr && value->is_bool() && value->get_bool();
}

}  // namespace sluice::lakehouse::databricks
