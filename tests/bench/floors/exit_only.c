// The least a process can do: nothing.
int main(void) {
  return 0;
}
