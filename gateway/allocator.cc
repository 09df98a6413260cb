// jemalloc reads its settings from this name: freed pages go back to the system after a second, by
// a thread of its own, so that a burst does not set the size of the process for good.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}
