#pragma once

#include <boost/json/object.hpp>

#include "wire/form.h"

namespace sluice::wire {

/// The JSON Schema of a struct. Every value that from_json takes fits it.
template <Described T>
boost::json::object schema_of() {
  return Form<T>::schema();
}

/// The same for arguments: a member that is not known is a mistake of the caller's, and refused.
template <Described T>
boost::json::object closed_schema_of() {
  boost::json::object schema = Form<T>::schema();
  schema["additionalProperties"] = false;
  return schema;
}

}  // namespace sluice::wire
