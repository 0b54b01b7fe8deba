.DEFAULT_GOAL := help
.PHONY: help run test test-whole check test-clients bench screens setup assets clean

help: ## 显示本帮助 / show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS="$$(printf '\t')" read -r name text; \
	do printf '  make %-8s %s\n' "$$name" "$$text"; done

run: ## 准备并启动，浏览器打开所示地址，Ctrl-C 停止 / set up, then serve until Ctrl-C
	@scripts/setup.sh run
	@.venv/bin/shanhe serve

test: ## 准备并运行全部检查和测试 / set up, then run every check and test
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory check

test-whole: ## 同上，并发与攻击测试做满规定的次数 / the same with all repetitions that are required, more than twice as long
	@scripts/setup.sh test
	@TESTS_WHOLE=1 $(MAKE) --no-print-directory check

check: ## 仅检查和测试，不做准备 / checks and tests without the set-up
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/basedpyright
	.venv/bin/sqlfluff lint geo/sql
	.venv/bin/lint-imports
	.venv/bin/python scripts/vulnerable.py
	.venv/bin/python -m pytest -n auto

test-clients: ## 用 QGIS 和 ogctests 测试标准接口 / test the standards door with QGIS and ogctests
	@scripts/setup.sh clients
	.venv/bin/python -m pytest tests/clients

bench: ## 运行性能测试 / run the benchmarks
	@scripts/setup.sh test
	@.venv/bin/python -m benchmarks

screens: ## 为每个页面拍照，存入 docs/screens / take a picture of every page into docs/screens
	@scripts/setup.sh test
	@.venv/bin/python tests/screens.py

setup: ## 仅安装所需软件 / install what is needed and start nothing
	@scripts/setup.sh run

assets: ## 更新 web/static 中的第三方文件 / fetch the third-party files of web/static anew
	@scripts/vendor.sh

clean: ## 删除缓存和构建结果，保留数据 / remove caches and built files, never data
	@rm -rf dist build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -not -path './.local/*' -prune -exec rm -rf {} +
