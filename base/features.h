// What an instance switched on or off, as the command side and the read models both fold it: the state
// holds what was last said of each flag.
#ifndef MUNIMENT_BASE_FEATURES_H_
#define MUNIMENT_BASE_FEATURES_H_

#include <string>

#include "muniment/event/v1/application.pb.h"
#include "muniment/event/v1/feature.pb.h"

namespace muniment {

// The flags that `said` sets take the place of those in `features`.
void TakeFlags(const event::v1::Features& said, event::v1::Features* features);

// Where people sign in for an application: as it names, else as the instance does; empty: at our own
// login.
std::string LoginBaseUri(const event::v1::LoginVersion& named, const event::v1::Features& features);

}  // namespace muniment

#endif  // MUNIMENT_BASE_FEATURES_H_
