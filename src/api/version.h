/* The engine's version: package.json's, which a test compares. */
#pragma once

#define MVL_VERSION "0.1.0"
#define MVL_ABI 1
