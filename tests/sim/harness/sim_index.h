#pragma once
// The message index of a SimStore. It is off unless a test asks for it, because its thread makes
// calls to the disk whenever it likes. Thread safety: none; for the test's own thread.

#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {

// Options with an index of small files.
store::StoreOptions WithIndex(SimStore* sim);
// Until all of the log is in the index, so that nothing happens behind the test's back.
void WaitForIndex(const store::MessageStore& store);
// Every message that retention has left is found by its key, and once only.
void ExpectReachableByKey(SimStore* sim);

}  // namespace rewindmq::sim
