#pragma once

#include "http/content_coding.h"

namespace qamera::recordings {

/// What is known of one side of an exchange. Of a live one it is everything.
struct Known {
  http::BodyState body = http::BodyState::kReadable;  ///< of the body, its content coding undone
  bool headers = true;                                ///< false: the recording has none of its header fields
  bool unnamed_coding = false;  ///< of a recording: compressed bytes that no header names, here undone
};

}  // namespace qamera::recordings
