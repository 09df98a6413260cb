// What an instance switched on or off, as the command side and the read models both fold it: the state
// holds what was last said of each flag.
#ifndef MUNIMENT_BASE_FEATURES_H_
#define MUNIMENT_BASE_FEATURES_H_

#include "muniment/event/v1/feature.pb.h"

namespace muniment {

// The flags that `said` sets take the place of those in `features`.
void TakeFlags(const event::v1::Features& said, event::v1::Features* features);

}  // namespace muniment

#endif  // MUNIMENT_BASE_FEATURES_H_
