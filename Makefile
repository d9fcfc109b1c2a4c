# 创城一本账。只需要 GNU make（3.81 起）、git 和一个 Python。`make help` 列出全部命令。
SHELL = /bin/sh
# 有的机器设了这个变量：每次启动都重新编译全部依赖，慢好几倍。
unexport PYTHONDONTWRITEBYTECODE
PY = .venv/bin/python
DEMO_OPTIONS = $(if $(filter 0,$(SERVE)),--no-serve) $(if $(filter 1,$(FRESH)),--fresh) $(if $(PORT),--port $(PORT)) $(if $(STORY),--story $(STORY)) $(if $(OUT),--out $(OUT))

.DEFAULT_GOAL = help
.PHONY: help setup setup-dev demo test check types format bench lock pictures clean

help: ## 列出命令
	@echo '用法：make 命令 [参数]'
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

# 准备过程的话都写到标准错误：make demo SERVE=0 的最后一行标准输出必须是 JSON。
setup:
	@sh scripts/bootstrap.sh runtime
	@$(PY) scripts/frontend.py
	@$(PY) scripts/system_parts.py --for demo

setup-dev:
	@sh scripts/bootstrap.sh dev
	@$(PY) scripts/frontend.py

demo: setup ## 造一个演示乡镇并启动网站；SERVE=0 只造不启动，FRESH=1 重新来过，PORT=8000 换端口，STORY=seed-000 OUT=目录 造种子故事
	@.venv/bin/wenming demo $(DEMO_OPTIONS)

test: setup-dev ## 跑全部测试：SQLite、PostgreSQL、浏览器、故障
	@$(PY) scripts/system_parts.py --for test
	@$(PY) scripts/run_tests.py $(ARGS)

check: setup-dev ## 不跑测试的检查：格式、规范、楼层、类型、模板、前端类型
	@$(PY) scripts/run_tests.py --only static

format: setup-dev ## 整理代码格式
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: setup-dev ## 量速度，以同一次运行里的比值打印
	$(PY) -m bench $(ARGS)

lock: setup-dev ## 重新锁定依赖（UPGRADE=1 升级到新版本）
	UPGRADE=$(UPGRADE) sh scripts/lock.sh

pictures: setup-dev ## 从运行中的演示重拍文档里的图片（先在另一个窗口 make demo）；PORT=8000 是演示的端口
	$(PY) scripts/pictures.py --address http://127.0.0.1:$(or $(PORT),8000)

clean: ## 删掉能重新生成的东西（不动 var/ 里的数据）
	rm -rf .venv .tools frontend/node_modules frontend/dist .pytest_cache .ruff_cache .mypy_cache
