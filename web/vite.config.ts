import { defineConfig } from "vitest/config";

export default defineConfig({
  build: {
    target: ["chrome100", "firefox100", "safari15.4"],
    lib: { entry: "src/widget.ts", name: "Backchat", formats: ["iife"], fileName: () => "backchat.js" },
  },
  test: { include: ["tests/**/*.test.ts"] },
});
