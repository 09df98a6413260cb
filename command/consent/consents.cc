#include "command/consent/consents.h"

namespace muniment::command {

void Fold(UserConsents& consents, const event::v1::ConsentGiven& event) {
  consents.given[{event.kind(), event.version()}] = event.given_at();
}

}  // namespace muniment::command
