#include "base/error_code.h"

#include <ostream>

namespace sluice {

std::ostream& operator<<(std::ostream& out, const ErrorCode& code) { return out << code.text(); }

}  // namespace sluice
